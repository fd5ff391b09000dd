/**
 * GraphQL in a body that is not read before its decision: looked for as it goes by, as in one that is read, so that what is
 * behind a document in `query` never goes on and no server has the whole of it. Servers read JSON whatever its content
 * type says, so what begins as JSON does is looked at as JSON while it is; nothing of it is held for that.
 */
import { assertNever, GatehouseError } from '../../domain/errors.ts';
import { textOfByteString } from '../../masking/byte-string.ts';
import type { Masker } from '../../masking/masker.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import type { FieldMarks, FieldState } from '../../protocols/http/body/field-marks.ts';
import { isGraphqlDocument, isGraphqlName, type ReadBody } from './request-body.ts';

export interface GraphqlGuard {
  /** Throws `GH_HTTP_GRAPHQL` where a document ends in this chunk, and `GH_HTTP_BODY_…` where the body cannot be read. */
  look(chunk: Buffer, end: boolean): void;
}

const MARK = { kind: 'graphql', style: 'full', label: 'query' } as const;
const START: FieldState = { mark: undefined, removed: false };
const ASKED: FieldState = { mark: MARK, removed: false };
const OTHER: FieldState = { mark: undefined, removed: false };

const QUERY: FieldMarks = {
  empty: false,
  hasRemovals: false,
  start: START,
  enter: (state, name) => (state === START && isGraphqlName(name) ? ASKED : OTHER),
  markOf: ({ mark }) => mark,
  removed: () => false,
};

/** Undefined where the body was read whole. `masker` finds nothing. */
export function graphqlGuard({ kind, bytes }: ReadBody, masker: Masker): GraphqlGuard | undefined {
  if (bytes !== undefined) return undefined;
  switch (kind) {
    case 'json':
    case 'ndjson':
    case 'form':
      return fieldsGuard(kind, masker);
    case 'text':
    case 'sse':
    case undefined:
      return perhapsJsonGuard(masker);
    case 'none':
      return undefined;
    default:
      return assertNever(kind);
  }
}

/** White space of JSON (RFC 8259 section 2), and the bytes of a mark of UTF-8. */
const BEFORE_JSON: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const OPENS_JSON: ReadonlySet<number | undefined> = new Set([...'{['].map((sign) => sign.charCodeAt(0)));

/** Of a body that is JSON by its beginning alone: looked at until it is none. */
function perhapsJsonGuard(masker: Masker): GraphqlGuard {
  let guard: GraphqlGuard | 'none' | undefined;
  return {
    look(chunk, end) {
      if (guard === 'none') return;
      let from = 0;
      if (guard === undefined) {
        from = chunk.findIndex((byte) => !BEFORE_JSON.has(byte));
        if (from < 0) return;
        guard = OPENS_JSON.has(chunk[from]) ? fieldsGuard('json', masker) : 'none';
        if (guard === 'none') return;
      }
      try {
        guard.look(from === 0 ? chunk : chunk.subarray(from), end);
      } catch (error) {
        if (!(error instanceof GatehouseError) || error.code !== 'GH_HTTP_BODY_MALFORMED') throw error;
        guard = 'none';
      }
    },
  };
}

function fieldsGuard(kind: 'json' | 'ndjson' | 'form', masker: Masker): GraphqlGuard {
  // A string that is too long to be held is counted and never applied.
  let unread = 0;
  const looking: Masker = {
    ...masker,
    prepareMark: () => ({
      constant: undefined,
      apply: (value) => {
        unread--;
        if (isGraphqlDocument(textOfByteString(value))) throw graphql();
        return { kind: 'text', text: '' };
      },
    }),
  };
  const transform = bodyTransform(kind, {
    masker: looking,
    marks: QUERY,
    numbersStayNumbers: false,
    count: () => void unread++,
  });
  return {
    look(chunk, end) {
      try {
        transform.push(chunk);
        if (end) transform.end();
      } catch (error) {
        // What was not read counts also where nothing behind it can be.
        throw unread > 0 ? graphql() : error;
      }
      if (unread > 0) throw graphql();
    },
  };
}

const graphql = (): GatehouseError =>
  new GatehouseError('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
