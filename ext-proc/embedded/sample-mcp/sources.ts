/** What the sample MCP server lets one read: resources, and a prompt. */
import { ResourceNotFoundError, ResourceTemplate, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

import type { SampleRecords } from '../sample-records.ts';
import { shownPerson } from './tools.ts';

const HANDBOOK = `# Handbook

Customers are found by name, their orders by their number. Removing a customer needs a ticket.
Questions: support@example.com, +1-202-555-0147.
`;

export function registerSources(server: McpServer, records: SampleRecords): void {
  server.registerResource(
    'handbook',
    'handbook://customers',
    { title: 'Handbook', description: 'How this team works.', mimeType: 'text/markdown' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'text/markdown', text: HANDBOOK }] }),
  );
  server.registerResource(
    'person',
    new ResourceTemplate('people://{id}', { list: undefined }),
    { title: 'Person', description: 'One customer, by number.', mimeType: 'application/json' },
    (uri, { id }) => {
      const person = records.person(Number(id));
      if (person === undefined) throw new ResourceNotFoundError(uri.href);
      const shown = JSON.stringify(shownPerson(person));
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text: shown }] };
    },
  );
  server.registerPrompt(
    'summarise_person',
    {
      title: 'Summarise a person',
      description: 'Asks for a summary of a customer and their orders.',
      argsSchema: z.object({ id: z.string().regex(/^\d{1,9}$/) }),
    },
    ({ id }) => {
      const person = records.person(Number(id));
      const about = person === undefined ? 'nobody' : JSON.stringify(shownPerson(person));
      return {
        messages: [
          {
            role: 'user',
            content: { type: 'text', text: `Summarise this customer in a sentence: ${about}` },
          },
        ],
      };
    },
  );
}
