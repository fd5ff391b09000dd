/**
 * A request's target as its record shows it, masked (I3). Clients percent-encode what detectors look for (`%40` of an
 * address, `+` of a card's spaces), so the path is looked at decoded, and the query as the form that it is.
 */
import type { Masker } from '../../masking/masker.ts';
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import type { FieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { RequestHead } from '../../protocols/http/request-head.ts';

/** As sent where nothing of it is masked; a path of which something is stands decoded. */
export function recordedTarget(
  { path, rawTarget }: Pick<RequestHead, 'path' | 'rawTarget'>,
  masker: Masker,
  marks: FieldMarks,
): string {
  const mark = rawTarget.indexOf('?');
  const maskedPath = masker.maskRecordText(path);
  const shownPath = maskedPath !== path ? maskedPath : mark < 0 ? rawTarget : rawTarget.slice(0, mark);
  if (mark < 0) return shownPath;
  const transform = bodyTransform('form', {
    masker,
    marks,
    numbersStayNumbers: false,
    count: () => undefined,
  });
  const query = Buffer.from(rawTarget.slice(mark + 1), 'latin1');
  return `${shownPath}?${Buffer.concat([...transform.push(query), ...transform.end()]).toString('latin1')}`;
}
