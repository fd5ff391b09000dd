/**
 * What a decision's obligations mean for one request and its answer. Decisions of a route mostly ask for the same, so what
 * was made ready for them is kept with the route, as long as the route itself.
 */
import { hash } from 'node:crypto';
import type { Decision } from '../../domain/decision.ts';
import type { HttpCredential } from '../../domain/ports.ts';
import { revealSecret } from '../../domain/secret.ts';
import type { Masker } from '../../masking/masker.ts';
import { fieldMarks, type FieldMarks } from '../../protocols/http/body/field-marks.ts';
import type { TagSeal } from '../../protocols/http/tag-seal.ts';
import type { HttpMasking, HttpRoute } from './http-gate.ts';

export interface HttpObligations {
  /** What detectors look for in the answer. */
  readonly masker: Masker;
  /** Finds nothing: detectors leave requests alone, or an agent could not write what it knows. */
  readonly requestMasker: Masker;
  readonly responseMarks: FieldMarks;
  /** Marks and removals of the request. */
  readonly requestMarks: FieldMarks;
  /** What is masked in records: what is marked, whatever is revealed in the answer (I3). */
  readonly recordMarks: FieldMarks;
  readonly revealedHeaders: ReadonlySet<string>;
  readonly passesUnreadable: { readonly request: boolean; readonly response: boolean };
  /** In words, for the record; empty where nothing is shown that is masked for others. */
  readonly revealed: Readonly<Record<string, string>>;
  /** What an answer's masks depend on, in few digits: policy, what it asks for, and what configuration marks. */
  readonly masks: string;
  readonly tags: TagSeal;
}

/** Sets of obligations of a route that are kept; each may hold some thousand names that it has judged. */
const SETS_KEPT_MAX = 8;

const MASKS_DIGITS = 16;

interface Kept {
  readonly masking: HttpMasking;
  readonly byText: Map<string, HttpObligations>;
}
const keptOf = new WeakMap<HttpRoute, Kept>();

export function readObligations(decision: Decision, route: HttpRoute, masking: HttpMasking): HttpObligations {
  let kept = keptOf.get(route);
  if (kept?.masking !== masking) {
    kept = { masking, byText: new Map() };
    keptOf.set(route, kept);
  }
  const { byText } = kept;
  const text = JSON.stringify([decision.bundleHash, decision.obligations]);
  const known = byText.get(text);
  if (known !== undefined) return known;
  const read = madeReady(decision, route, masking);
  if (byText.size >= SETS_KEPT_MAX) byText.clear();
  byText.set(text, read);
  return read;
}

function madeReady(
  { bundleHash, obligations }: Decision,
  route: HttpRoute,
  masking: HttpMasking,
): HttpObligations {
  const { fields: rules } = route.upstream;
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
    responseMarks: fieldMarks({ rules, obligations, direction: 'response' }),
    requestMarks: fieldMarks({ rules: [], obligations, direction: 'request' }),
    recordMarks: fieldMarks({
      rules,
      obligations: obligations.filter((each) => each.kind === 'mask_fields'),
      direction: 'response',
    }),
    revealedHeaders: headers,
    passesUnreadable: passes,
    revealed: {
      ...(fields.length === 0 ? {} : { revealed: fields.join(' ') }),
      ...(kinds.length === 0 ? {} : { revealed_found: kinds.join(' ') }),
      ...(headers.size === 0 ? {} : { revealed_headers: [...headers].join(' ') }),
    },
    tags: masking.tags,
    masks: hash('sha256', JSON.stringify([bundleHash, obligations, rules, masking.version]), 'hex').slice(
      0,
      MASKS_DIGITS,
    ),
  };
}

/** Obligations with what they are while a credential is hidden: the last one of each, since it seldom changes. */
const hidingOf = new WeakMap<
  HttpObligations,
  { readonly credential: HttpCredential; readonly hiding: HttpObligations }
>();

/** A server may show what it was sent: of an answer the gate's own credential is masked, whoever asks (I7). */
export function hidingCredential(
  obligations: HttpObligations,
  credential: HttpCredential,
  masking: HttpMasking,
): HttpObligations {
  const last = hidingOf.get(obligations);
  if (last?.credential === credential) return last.hiding;
  const hiding = madeToHide(obligations, credential, masking);
  hidingOf.set(obligations, { credential, hiding });
  return hiding;
}

function madeToHide(
  obligations: HttpObligations,
  { header }: HttpCredential,
  masking: HttpMasking,
): HttpObligations {
  if (header === undefined) return obligations;
  const shown = revealSecret(header.value).replace(/^(?:Bearer|Basic) +/i, '');
  return { ...obligations, masker: masking.hiding(obligations.masker, shown) };
}
