/** The codec against the corpus. */
import { describe, expect, test } from 'vitest';
import { readClientMessage } from '../../../ext-proc/protocols/mcp/client-message.ts';
import { describeMcp } from '../../../ext-proc/protocols/mcp/describe.ts';
import { filterList } from '../../../ext-proc/protocols/mcp/list-filter.ts';
import { readServerMessage } from '../../../ext-proc/protocols/mcp/server-message.ts';
import { CORPUS, type ClientEntry, type ServerEntry } from './corpus.ts';

function clientVerdict({ body, headers }: ClientEntry): object {
  const read = readClientMessage(JSON.parse(body), new Map(Object.entries(headers)));
  return read.ok ? describeMcp(read.message) : { code: read.code };
}

function serverVerdict({ body, method, version }: ServerEntry): object {
  const read = readServerMessage(JSON.parse(body));
  if (!read.ok) return { code: read.code };
  const filtered = filterList(Buffer.from(body), {
    method,
    version,
    mayUse: (item) => !JSON.stringify(item).includes('hidden'),
  });
  return filtered.ok ? { left: filtered.json.toString() } : { code: filtered.code };
}

describe('the MCP corpus', () => {
  test('has no two entries with one id', () => {
    expect(new Set(CORPUS.map(({ id }) => id)).size).toBe(CORPUS.length);
  });

  test.each(CORPUS.map((entry) => [`${entry.id} ${entry.from}: ${entry.what}`, entry] as const))(
    '%s',
    (_, entry) => {
      const { code } = entry;
      if (entry.from === 'server') {
        expect(serverVerdict(entry)).toEqual(code === undefined ? { left: entry.left } : { code });
      } else if (code === undefined) {
        expect(clientVerdict(entry)).toMatchObject({ kind: entry.kind, mcp: entry.mcp ?? {} });
      } else {
        expect(clientVerdict(entry)).toEqual({ code });
      }
    },
  );
});
