/**
 * GraphQL in a body that is too large to be read before its decision: looked for as it goes by, as in one that is read,
 * so that what is behind a document in `query` never goes on and no server has the whole of it.
 */
import { GatehouseError } from '../../domain/errors.ts';
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

/** Undefined where the body was read whole, or is of no kind that has fields. `masker` finds nothing. */
export function graphqlGuard({ kind, bytes }: ReadBody, masker: Masker): GraphqlGuard | undefined {
  if (bytes !== undefined || (kind !== 'json' && kind !== 'form')) return undefined;
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
      transform.push(chunk);
      if (end) transform.end();
      if (unread > 0) throw graphql();
    },
  };
}

const graphql = (): GatehouseError =>
  new GatehouseError('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
