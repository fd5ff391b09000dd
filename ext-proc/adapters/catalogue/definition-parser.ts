/**
 * Has definitions of the catalogue parsed, in a thread that is there only while it is needed, and keeps what came of it:
 * most definitions are the same at the next reading.
 */
import type { Outline } from '../../protocols/postgres/sql/outline.ts';
import { createParserThread } from '../sql-parser/parser-thread.ts';

/** The statements of a text; undefined where it is not understood. Never rejects. */
export type ParseDefinition = (text: string) => Promise<readonly Outline[] | undefined>;

export interface DefinitionParser {
  /** For one reading of a catalogue; `done` forgets what it did not ask for. */
  reading(): { readonly parse: ParseDefinition; readonly done: () => void };
  close(): Promise<void>;
}

const TIMEOUT_MS = 3_000;

export function createDefinitionParser(): DefinitionParser {
  const thread = createParserThread({ timeoutMs: TIMEOUT_MS, onDemand: true, onReplaced: undefined });
  let known = new Map<string, readonly Outline[] | undefined>();
  return {
    reading() {
      const used = new Map<string, readonly Outline[] | undefined>();
      const parse: ParseDefinition = async (text) => {
        if (!used.has(text)) used.set(text, known.has(text) ? known.get(text) : await parseOne(text));
        return used.get(text);
      };
      return { parse, done: () => (known = used) };
    },
    close: () => thread.close(),
  };

  async function parseOne(text: string): Promise<readonly Outline[] | undefined> {
    if (text.includes('\0') || !text.isWellFormed()) return undefined;
    const outcome = await thread.parse(text);
    return outcome.ok ? outcome.statements.map(({ outline }) => outline) : undefined;
  }
}
