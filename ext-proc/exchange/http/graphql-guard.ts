/**
 * GraphQL in a body that is not read before its decision: looked for as it goes by, as in one that is read, so that what is
 * behind a document in `query` never goes on and no server has the whole of it. GraphQL over HTTP is one JSON text, or a
 * form. What is declared to be that must be it to its end; servers read JSON whatever its content type says, so of
 * everything else the first JSON text is looked at, and nothing is asked of it.
 */
import { assertNever } from '../../domain/errors.ts';
import { failingForGood } from '../../domain/failing-for-good.ts';
import { textOfByteString } from '../../masking/byte-string.ts';
import type { Masker } from '../../masking/masker.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import { bodyKindOf } from '../../protocols/http/body/content-type.ts';
import type { FieldMarks, FieldState } from '../../protocols/http/body/field-marks.ts';
import { FirstTextGuard } from './first-text-guard.ts';
import { graphqlRefusal } from './graphql-refusal.ts';
import { MultipartGuard } from './multipart-guard.ts';
import { isGraphqlDocument, isGraphqlName, type ReadBody } from './request-body.ts';

export interface GraphqlGuard {
  /**
   * Throws `GH_HTTP_GRAPHQL` where a document ends in this chunk, and `GH_HTTP_BODY_…` where the body cannot be read. After
   * that it throws the same again.
   */
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
export function graphqlGuard(
  { kind, bytes }: ReadBody,
  contentType: string | undefined,
  masker: Masker,
): GraphqlGuard | undefined {
  if (bytes !== undefined || kind === 'none') return undefined;
  return ended(guardOf(kind, contentType, masker));
}

function guardOf(
  kind: Exclude<ReadBody['kind'], 'none'>,
  contentType: string | undefined,
  masker: Masker,
): GraphqlGuard {
  switch (kind) {
    case 'json':
    case 'form':
      return fieldsGuard(kind, masker);
    case 'ndjson':
    case 'text':
    case 'sse':
      return new FirstTextGuard();
    case undefined:
      return isMultipart(contentType)
        ? both(new FirstTextGuard(), new MultipartGuard(contentType))
        : new FirstTextGuard();
    default:
      return assertNever(kind);
  }
}

const both = (one: GraphqlGuard, other: GraphqlGuard): GraphqlGuard => ({
  look(chunk, end) {
    one.look(chunk, end);
    other.look(chunk, end);
  },
});

function ended(guard: GraphqlGuard): GraphqlGuard {
  const run = failingForGood();
  return { look: (chunk, end) => run(() => guard.look(chunk, end)) };
}

const isMultipart = (contentType: string | undefined): contentType is string =>
  bodyKindOf(contentType).mediaType.startsWith('multipart/');

function fieldsGuard(kind: 'json' | 'form', masker: Masker): GraphqlGuard {
  // A string that is too long to be held is counted and never applied.
  let unread = 0;
  const looking: Masker = {
    ...masker,
    prepareMark: () => ({
      constant: undefined,
      apply: (value) => {
        unread--;
        if (isGraphqlDocument(textOfByteString(value))) throw graphqlRefusal();
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
        throw unread > 0 ? graphqlRefusal() : error;
      }
      if (unread > 0) throw graphqlRefusal();
    },
  };
}
