/**
 * What `gatehouse connect` prints for agents is pasted here as it is: a detached stack, the configuration of Claude Code
 * and of Cursor started by the official clients of both families of the protocol, and the curl command in a shell.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { removeSampleData } from '../../ext-proc/embedded/sample-place.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const CLI = join(import.meta.dirname, '../../ext-proc/cli/gatehouse.ts');
const run = promisify(execFile);

let directory: TemporaryDirectory;
let home: string;
let printed: string;
async function gatehouse(...args: string[]): Promise<string> {
  const env = { ...process.env, GATEHOUSE_HOME: home, NO_COLOR: '1' };
  return (await run(process.execPath, [CLI, ...args], { env })).stdout;
}
beforeAll(async () => {
  directory = await temporaryDirectory();
  home = join(directory.path, 'h');
  printed = await gatehouse('start', '--detach', '--any-ports');
});
afterAll(async () => {
  await gatehouse('stop');
  await removeSampleData(join(home, 'postgres'));
  await directory.remove();
});

interface Configuration {
  readonly mcpServers: { readonly gatehouse: { type: string; command: string; args: string[] } };
}
interface Answer {
  readonly content: { text: string }[];
  readonly isError?: boolean;
}

/** As a client reads it: from a folder and with an environment that are not the gate's. */
async function pasted(agent: 'claude' | 'cursor') {
  const { mcpServers } = JSON.parse(await gatehouse('connect', agent)) as Configuration;
  const { type, command, args } = mcpServers.gatehouse;
  expect(type).toBe('stdio');
  expect(args).toContain(agent === 'claude' ? 'agent:claude-1' : 'agent:cursor-1');
  return { command, args, cwd: '/', env: { PATH: '/usr/bin:/bin' }, stderr: 'ignore' as const };
}

test("Claude Code's configuration works as pasted", async () => {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StdioClientTransport(await pasted('claude')));
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).not.toContain('delete_person');
  const denied = (await client.callTool({
    name: 'delete_person',
    arguments: { id: 7 },
  })) as unknown as Answer;
  expect(denied).toMatchObject({ isError: true });
  expect(denied.content[0]!.text).toContain('Denied by policy');
  const found = await client.callTool({ name: 'search_people', arguments: { term: 'abara' } });
  expect(JSON.stringify(found)).toContain('Amara Abara');
  expect(JSON.stringify(found)).not.toMatch(/\d{16}/);
  await client.close();
});

test("Cursor's configuration works as pasted, for a client of 2025-11-25", async () => {
  const client = new OldClient({ name: 'test', version: '1' });
  await client.connect(new OldTransport(await pasted('cursor')));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).not.toContain('export_people');
  const denied = (await client.callTool({ name: 'export_people', arguments: {} })) as Answer;
  expect(denied).toMatchObject({ isError: true });
  const found = await client.callTool({ name: 'search_people', arguments: { term: 'abara' } });
  expect(JSON.stringify(found)).toContain('Amara Abara');
  expect(JSON.stringify(found)).not.toMatch(/\d{16}/);
  await client.close();
});

test('the curl commands, printed and of connect curl, work as pasted', async ({ skip }) => {
  await run('curl', ['--version']).catch(() => skip('curl is not installed'));
  const shell = async (line: string): Promise<string> => (await run('/bin/sh', ['-c', line])).stdout;
  const people = await shell(await gatehouse('connect', 'curl', '/people?limit=2'));
  expect(people).toContain('[masked:us_ssn]');
  const found = await gatehouse('connect', 'curl', '/search', '--', '--json', '{"term":"kowalski"}');
  expect(await shell(found)).toContain('Kowalski');
  const [masked = '', events = '', refused = ''] = printed
    .split('\n')
    .filter((line) => line.startsWith('curl '));
  expect(await shell(masked)).toContain('[masked:us_ssn]');
  const streamed = await shell(events);
  expect(streamed).toContain('event: end');
  expect(streamed.replaceAll(' ', '')).not.toMatch(/\d{16}/);
  expect(JSON.parse(await shell(refused))).toMatchObject({ status: 403 });
});

test('a client that was there before goes on when the gate is started anew, on other ports', async () => {
  const client = new OldClient({ name: 'test', version: '1' });
  await client.connect(new OldTransport(await pasted('claude')));
  const search = async (): Promise<string> =>
    JSON.stringify(await client.callTool({ name: 'search_people', arguments: { term: 'abara' } }));
  expect(await search()).toContain('Amara Abara');
  await gatehouse('stop');
  await expect(search()).rejects.toThrow(/GH_NOT_RUNNING: .* Start it: npm start/);
  await gatehouse('start', '--detach', '--any-ports');
  expect(await search()).toContain('Amara Abara');
  await client.close();
});
