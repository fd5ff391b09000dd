/**
 * An entry of the corpus: a way out, the statements that try it, and how it is told that it worked. Owns the forms
 * that entries are written in; knows no connection and no particular database.
 */
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeFlush,
  encodeParse,
} from '../protocols/postgres/frontend-encoders.ts';
import type { Received } from './received.ts';
import type { Written } from './subject.ts';

/**
 * What is sent before the next ReadyForQuery is waited for. A text is a simple Query. `on` names a further session,
 * opened when it is first named; `owner` is the session of `--setup`, whose answers are not searched.
 */
export type Step =
  | string
  | {
      readonly on?: 'second' | 'owner';
      readonly messages: readonly Buffer[];
      /** How many ReadyForQuery end it: 1 where nothing else is said. A Sync is added for each. */
      readonly syncs?: number;
      /** No Sync is added: what is in `messages` is answered by a ReadyForQuery itself. */
      readonly bare?: true;
    }
  | { readonly on: 'second' | 'owner'; readonly query: string };

export type Told =
  /** The answers hold the value, in one of the forms that `disclosure.ts` knows, or that `decode` makes of them. */
  | { readonly by: 'bytes'; readonly decode?: (received: Received, w: Written) => readonly string[] }
  /** The answers to the true value and to a wrong guess differ. */
  | { readonly by: 'answers' }
  /** The answer is what only who sees the values can say. */
  | { readonly by: 'knowledge'; readonly shows: (received: Received, w: Written) => boolean };

export type Need =
  /** Views, functions and the like over the column. */
  | 'objects'
  /** A further table with a text column that takes copies. */
  | 'plain'
  /** Values of digits alone. */
  | 'digits'
  /** A direct connection of the owner. */
  | 'owner'
  /** Rights that only a superuser has, or a role close to it: elsewhere the server itself refuses. */
  | 'superuser';

export interface LeakEntry {
  /** `family/what`; never changed and never used again for something else. */
  readonly name: string;
  /** Which mechanism it defeats, in one line. */
  readonly why: string;
  /** Where it was described before, if it was. */
  readonly source?: string;
  readonly needs: readonly Need[];
  /** The first major version of PostgreSQL that knows the syntax. */
  readonly since?: number;
  /** `guess` is the true value or a wrong one where it is told by `answers`; elsewhere it is a wrong one. */
  readonly steps: (w: Written, guess: string) => readonly Step[];
  readonly told: Told;
}

interface Further {
  readonly needs?: readonly Need[];
  readonly since?: number;
  readonly source?: string;
}

type Steps = LeakEntry['steps'];

export const leaksBytes = (name: string, why: string, steps: Steps, further: Further = {}): LeakEntry => ({
  needs: [],
  ...further,
  name,
  why,
  steps,
  told: { by: 'bytes' },
});

/** The answers hold the value in a form that `decode` turns back. */
export const leaksCoded = (
  name: string,
  why: string,
  steps: Steps,
  decode: (received: Received, w: Written) => readonly string[],
  further: Further = {},
): LeakEntry => ({ needs: [], ...further, name, why, steps, told: { by: 'bytes', decode } });

export const leaksAnswer = (name: string, why: string, steps: Steps, further: Further = {}): LeakEntry => ({
  needs: [],
  ...further,
  name,
  why,
  steps,
  told: { by: 'answers' },
});

export const leaksKnowledge = (
  name: string,
  why: string,
  steps: Steps,
  shows: (received: Received, w: Written) => boolean,
  further: Further = {},
): LeakEntry => ({ needs: [], ...further, name, why, steps, told: { by: 'knowledge', shows } });

/** The extended protocol's messages, with text parameters. */
export const wire = {
  parse: (text: string, statement = '', parameterTypes: readonly number[] = []): Buffer =>
    encodeParse({ statement, text, parameterTypes }),
  bind: (
    options: {
      portal?: string;
      statement?: string;
      values?: readonly string[];
      resultFormats?: readonly (0 | 1)[];
    } = {},
  ): Buffer =>
    encodeBind({
      portal: options.portal ?? '',
      statement: options.statement ?? '',
      parameterFormats: [],
      values: (options.values ?? []).map((value) => Buffer.from(value)),
      resultFormats: options.resultFormats ?? [],
    }),
  execute: (portal = '', rowsMax = 0): Buffer => encodeExecute(portal, rowsMax),
  describePortal: (name = ''): Buffer => encodeDescribe('portal', name),
  describeStatement: (name = ''): Buffer => encodeDescribe('statement', name),
  closeStatement: (name: string): Buffer => encodeClose('statement', name),
  flush: (): Buffer => encodeFlush(),
} as const;

/** Parse, Bind and Execute without Describe: the client says what it expects, and asks nobody. */
export const undescribed = (
  text: string,
  format: 'text' | 'binary' = 'text',
  values: readonly string[] = [],
): Step => ({
  messages: [
    wire.parse(text),
    wire.bind({ values, resultFormats: format === 'binary' ? [1] : [] }),
    wire.execute(),
  ],
});

/** As drivers send it. */
export const described = (
  text: string,
  format: 'text' | 'binary' = 'text',
  values: readonly string[] = [],
): Step => ({
  messages: [
    wire.parse(text),
    wire.bind({ values, resultFormats: format === 'binary' ? [1] : [] }),
    wire.describePortal(),
    wire.execute(),
  ],
});
