/** What the sample MCP server lets one do: its tools, their arguments and what they answer. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';

import type { Person } from '../sample-data.ts';
import type { SampleRecords } from '../sample-records.ts';

const FOUND_MAX = 50;
const STEPS_MAX = 100;
const STEP_MS_MAX = 5_000;

const personSchema = z.object({
  id: z.int(),
  name: z.string(),
  email: z.email(),
  age: z.int().min(18).max(120),
  card: z.string().regex(/^\d{16}$/),
  ssn: z.string().regex(/^\d{3}-\d{2}-\d{4}$/),
});
/** With room for whatever stands in the place of a value, unlike that of a person. */
const foundSchema = z.object({
  total: z.int(),
  people: z.array(
    z.object({ id: z.int(), name: z.string(), email: z.string(), phone: z.string(), card: z.string() }),
  ),
});
const personId = z.int().positive().describe('As search_people gives it.');

export function registerTools(server: McpServer, records: SampleRecords): void {
  server.registerTool(
    'search_people',
    {
      title: 'Search people',
      description: 'Finds customers by a part of their name or e-mail address.',
      inputSchema: z.object({
        term: z.string().min(1).max(200),
        limit: z.int().min(1).max(FOUND_MAX).default(10),
      }),
      outputSchema: foundSchema,
      annotations: { readOnlyHint: true },
    },
    ({ term, limit }) => {
      const found = records.search(term);
      const people = found
        .slice(0, limit)
        .map(({ id, name, email, phone, card }) => ({ id, name, email, phone, card }));
      const lines = people.map(({ id, name, email, phone }) => `${id}\t${name}\t${email}\t${phone}`);
      return {
        ...text([`${found.length} found`, ...lines].join('\n')),
        structuredContent: { total: found.length, people },
      };
    },
  );
  server.registerTool(
    'get_person',
    {
      title: 'Get a person',
      description: 'Everything about one customer, by number.',
      inputSchema: z.object({ id: personId }),
      outputSchema: personSchema,
      annotations: { readOnlyHint: true },
    },
    ({ id }) => {
      const person = records.person(id);
      if (person === undefined) return failure(`There is no person ${id}.`);
      const structuredContent = shownPerson(person);
      return { ...text(JSON.stringify(structuredContent)), structuredContent };
    },
  );
  server.registerTool(
    'list_orders',
    {
      title: 'List orders',
      description: 'What a customer ordered.',
      // Its value is repeated in a header, Mcp-Param-Person, for what stands between (MCP 2026-07-28, Streamable HTTP).
      inputSchema: z.object({ person: personId.meta({ 'x-mcp-header': 'Person' }) }),
      annotations: { readOnlyHint: true },
    },
    ({ person }) => text(JSON.stringify(records.orders(person))),
  );
  server.registerTool(
    'delete_person',
    {
      title: 'Delete a person',
      description: 'Removes a customer for good.',
      inputSchema: z.object({ id: personId }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    },
    ({ id }) =>
      records.remove(id) ? text(`Person ${id} was removed.`) : failure(`There is no person ${id}.`),
  );
  server.registerTool(
    'export_people',
    {
      title: 'Export people',
      description: 'All customers as CSV, cards included.',
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true },
    },
    () => text(csv(records.people())),
  );
  server.registerTool(
    'slow_report',
    {
      title: 'Make a report',
      description: 'Counts orders step by step and tells how far it is.',
      inputSchema: z.object({
        steps: z.int().min(1).max(STEPS_MAX).default(5),
        stepMs: z.int().min(0).max(STEP_MS_MAX).default(200),
      }),
      annotations: { readOnlyHint: true },
    },
    async ({ steps, stepMs }, context) => {
      for (let step = 1; step <= steps; step += 1) {
        await sleep(stepMs, undefined, { signal: context.mcpReq.signal });
        await tellProgress(context, step, steps, records.person(step)?.card ?? '');
      }
      const first = records.person(1);
      return text(
        `${records.orders().length} orders; the first customer is ${first?.name}, card ${first?.card}.`,
      );
    },
  );
}

export function shownPerson(person: Person): z.infer<typeof personSchema> {
  const { id, name, email, card, ssn } = person;
  // The sample has no birthdays: an age of some kind, always the same.
  return { id, name, email, age: 18 + ((id * 7) % 60), card, ssn };
}

/** Only where the client asked for it. The message holds a card, as progress messages may. */
async function tellProgress(
  context: ServerContext,
  progress: number,
  total: number,
  card: string,
): Promise<void> {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  await context.mcpReq.notify({
    method: 'notifications/progress',
    params: { progressToken, progress, total, message: `checked card ${card}` },
  });
}

const text = (content: string): CallToolResult => ({ content: [{ type: 'text', text: content }] });
const failure = (message: string): CallToolResult => ({ ...text(message), isError: true });

function csv(people: readonly Person[]): string {
  const cell = (value: string | number): string => `"${String(value).replaceAll('"', '""')}"`;
  const rows = people.map(({ id, name, email, phone, card, ssn, notes }) =>
    [id, name, email, phone, card, ssn, notes].map(cell).join(','),
  );
  return ['id,name,email,phone,card,ssn,notes', ...rows].join('\n');
}
