/** How a request's body is rewritten on its way: fields that policy removes or masks, and nothing else. */
import type { BodyTransform } from '../../protocols/http/body/body-masking.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import type { HttpEvent } from './http-event.ts';
import type { HttpObligations } from './obligations.ts';
import type { ReadBody } from './request-body.ts';

/** Undefined where nothing of it is masked or removed. */
export function requestTransform(
  body: ReadBody,
  { requestMasker, requestMarks }: HttpObligations,
  event: HttpEvent,
): BodyTransform | undefined {
  if (requestMarks.empty || body.kind === undefined || body.kind === 'none') return undefined;
  return bodyTransform(body.kind, {
    masker: requestMasker,
    marks: requestMarks,
    numbersStayNumbers: false,
    count: event.count,
  });
}
