/** The transform of each kind of body that is read. */
import { assertNever } from '../../../domain/errors.ts';
import { failingForGood } from '../../../domain/failing-for-good.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import type { BodyKind } from './content-type.ts';
import { EventStreamTransform } from './event-stream-transform.ts';
import { FormTransform } from './form-transform.ts';
import { JsonTransform } from './json-transform.ts';
import { TextTransform } from './text-transform.ts';

export type ReadBodyKind = Extract<BodyKind, 'json' | 'ndjson' | 'sse' | 'form' | 'text'>;

/** One for each body. After it has thrown it throws the same again. */
export function bodyTransform(kind: ReadBodyKind, masking: BodyMasking): BodyTransform {
  return ended(transformOf(kind, masking));
}

function transformOf(kind: ReadBodyKind, masking: BodyMasking): BodyTransform {
  switch (kind) {
    case 'json':
      return new JsonTransform(masking);
    case 'ndjson':
      return new JsonTransform(masking, true);
    case 'sse':
      return new EventStreamTransform(masking);
    case 'form':
      return new FormTransform(masking);
    case 'text':
      return new TextTransform(masking);
    default:
      return assertNever(kind);
  }
}

function ended(transform: BodyTransform): BodyTransform {
  const run = failingForGood();
  return {
    push: (chunk) => run(() => transform.push(chunk)),
    end: () => run(() => transform.end()),
  };
}
