/** What a decision's obligations mean for one request and its answer. */
import type { Decision } from '../../domain/decision.ts';
import type { HttpCredential } from '../../domain/ports.ts';
import { revealSecret } from '../../domain/secret.ts';
import type { Masker } from '../../masking/masker.ts';
import { fieldMarks, type FieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { HttpMasking, HttpRoute } from './http-gate.ts';

export interface HttpObligations {
  /** What detectors look for in the answer. */
  readonly masker: Masker;
  /** Finds nothing: detectors leave requests alone, or an agent could not write what it knows. */
  readonly requestMasker: Masker;
  readonly responseMarks: FieldMarks;
  /** Marks and removals of the request. */
  readonly requestMarks: FieldMarks;
  readonly revealedHeaders: ReadonlySet<string>;
  readonly passesUnreadable: { readonly request: boolean; readonly response: boolean };
  /** In words, for the record; empty where nothing is shown that is masked for others. */
  readonly revealed: Readonly<Record<string, string>>;
}

export function readObligations(
  { obligations }: Decision,
  route: HttpRoute,
  masking: HttpMasking,
): HttpObligations {
  const kinds: string[] = [];
  const headers = new Set<string>();
  const fields: string[] = [];
  const passes = { request: false, response: false };
  for (const obligation of obligations) {
    if (obligation.kind === 'reveal_found') kinds.push(...obligation.kinds);
    else if (obligation.kind === 'reveal_fields') fields.push(...obligation.fields);
    else if (obligation.kind === 'reveal_headers') for (const name of obligation.headers) headers.add(name);
    else if (obligation.kind === 'pass_unreadable') {
      if (obligation.direction !== 'response') passes.request = true;
      if (obligation.direction !== 'request') passes.response = true;
    }
  }
  return {
    masker: kinds.length === 0 ? masking.masker : masking.maskerWithout(kinds),
    requestMasker: masking.maskerWithout(['*']),
    responseMarks: fieldMarks({ rules: route.upstream.fields, obligations, direction: 'response' }),
    requestMarks: fieldMarks({ rules: [], obligations, direction: 'request' }),
    revealedHeaders: headers,
    passesUnreadable: passes,
    revealed: {
      ...(fields.length === 0 ? {} : { revealed: fields.join(' ') }),
      ...(kinds.length === 0 ? {} : { revealed_found: kinds.join(' ') }),
      ...(headers.size === 0 ? {} : { revealed_headers: [...headers].join(' ') }),
    },
  };
}

/** A server may show what it was sent: of an answer the gate's own credential is masked, whoever asks (I7). */
export function hidingCredential(
  obligations: HttpObligations,
  { header }: HttpCredential,
  masking: HttpMasking,
): HttpObligations {
  if (header === undefined) return obligations;
  const shown = revealSecret(header.value).replace(/^(?:Bearer|Basic) +/i, '');
  return { ...obligations, masker: masking.hiding(obligations.masker, shown) };
}
