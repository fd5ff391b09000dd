/**
 * A decision read from what the bundle returned (`policies-rego/schemas/decision.v1.json`). Whatever is not exactly in
 * form is a denial with a code (I2): an undefined decision, an unknown verdict, an obligation that the gate could not
 * fulfil because it does not know it.
 */
import { gateDenial, type Decision, type Obligation, type ReportOnlyFinding } from '../../domain/decision.ts';
import { fieldPattern, fieldRevealPattern } from '../../domain/field-rules.ts';
import { columnPattern, isMaskKind, isMaskStyle, revealPattern } from '../../domain/masking-rules.ts';
import { POLICY_CONTRACT } from '../../domain/policy-bundle.ts';
import { isRevealedHeader } from '../../domain/revealed-header.ts';
import { readHold } from './hold-reading.ts';

/** The gate's own denials begin with GH_, so that nobody else's may. */
const RULE = /^(?!GH_)[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const REASON_CHARS_MAX = 1_000;
const OBLIGATIONS_MAX = 1_000;
/** Columns, kinds, fields or headers of one obligation. */
const ENTRIES_MAX = 1_000;
const FINDINGS_MAX = 1_000;

/** `raw` is OPA's result set: `[{"result": decision}]`, or empty where the decision is undefined. */
export function readDecision(raw: unknown, bundleHash: string): Decision {
  if (!Array.isArray(raw) || raw.length === 0) {
    return denial(
      'GH_POLICY_UNDEFINED',
      'The policy gave no decision, so this is denied; tell its owner.',
      bundleHash,
    );
  }
  const decision = members((raw[0] as { result?: unknown }).result);
  if (raw.length > 1 || decision === undefined || decision['version'] !== POLICY_CONTRACT.decisionVersion) {
    return malformed(bundleHash);
  }
  const { verdict, rule, reason } = decision;
  if (verdict !== 'allow' && verdict !== 'deny' && verdict !== 'hold') return malformed(bundleHash);
  if (typeof rule !== 'string' || !RULE.test(rule) || typeof reason !== 'string')
    return malformed(bundleHash);
  const reportOnly = readFindings(decision['report_only']);
  if (reportOnly === undefined) return malformed(bundleHash);
  const obligations = readObligations(decision['obligations']);
  if (obligations === undefined) {
    return denial(
      'GH_POLICY_OBLIGATION',
      'The policy asks for something that this gate does not know, so this is denied; tell its owner.',
      bundleHash,
    );
  }
  const said: Decision = { verdict, rule, reason: sentence(reason), obligations, reportOnly, bundleHash };
  if (verdict !== 'hold') return decision['hold'] === undefined ? said : malformed(bundleHash);
  const hold = readHold(decision['hold']);
  return hold === undefined ? malformed(bundleHash) : { ...said, hold };
}

function readObligations(value: unknown): readonly Obligation[] | undefined {
  if (!Array.isArray(value) || value.length > OBLIGATIONS_MAX) return undefined;
  const read: Obligation[] = [];
  for (const member of value) {
    const obligation = readObligation(members(member));
    if (obligation === undefined) return undefined;
    read.push(obligation);
  }
  return read;
}

/** An obligation that the gate knows, with exactly its members; anything else could not be fulfilled as it was meant. */
function readObligation(obligation: Record<string, unknown> | undefined): Obligation | undefined {
  if (obligation === undefined) return undefined;
  const { kind, columns, style, tag, kinds, fields, headers, direction, what } = obligation;
  const has = (...names: readonly string[]): boolean =>
    Object.keys(obligation).length === names.length && names.every((name) => Object.hasOwn(obligation, name));
  switch (kind) {
    case 'mask':
      if (!entries(columns, (text) => columnPattern(text) !== undefined) || !isMaskStyle(style))
        return undefined;
      if (has('kind', 'columns', 'style')) return { kind, columns, style };
      return has('kind', 'columns', 'style', 'tag') && isMaskKind(tag)
        ? { kind, columns, style, tag }
        : undefined;
    case 'reveal':
      return has('kind', 'columns') && entries(columns, (text) => revealPattern(text) !== undefined)
        ? { kind, columns }
        : undefined;
    case 'reveal_found':
      return has('kind', 'kinds') && entries(kinds, (text) => text === '*' || isMaskKind(text))
        ? { kind, kinds }
        : undefined;
    case 'mask_fields':
      if (!entries(fields, isFieldPattern) || !isMaskStyle(style) || !isDirection(direction))
        return undefined;
      if (has('kind', 'fields', 'style', 'direction')) return { kind, fields, style, direction };
      return has('kind', 'fields', 'style', 'direction', 'tag') && isMaskKind(tag)
        ? { kind, fields, style, direction, tag }
        : undefined;
    case 'reveal_fields':
      return has('kind', 'fields') && entries(fields, (text) => fieldRevealPattern(text) !== undefined)
        ? { kind, fields }
        : undefined;
    case 'remove_fields':
      return has('kind', 'fields') && entries(fields, isFieldPattern) ? { kind, fields } : undefined;
    case 'reveal_headers':
      return has('kind', 'headers') && entries(headers, isRevealedHeader) ? { kind, headers } : undefined;
    case 'pass_unreadable':
      return has('kind', 'direction') && isDirection(direction) ? { kind, direction } : undefined;
    case 'record':
      return has('kind', 'what') && typeof what === 'string' ? { kind, what } : undefined;
    default:
      return undefined;
  }
}

const isFieldPattern = (text: string): boolean => fieldPattern(text) !== undefined;

const isDirection = (word: unknown): word is 'request' | 'response' | 'both' =>
  word === 'request' || word === 'response' || word === 'both';

function readFindings(value: unknown): readonly ReportOnlyFinding[] | undefined {
  if (!Array.isArray(value) || value.length > FINDINGS_MAX) return undefined;
  const read: ReportOnlyFinding[] = [];
  for (const member of value) {
    const finding = members(member);
    if (finding === undefined) return undefined;
    const { rule, verdict, reason } = finding;
    if (typeof rule !== 'string' || !RULE.test(rule) || typeof reason !== 'string') return undefined;
    if (verdict !== 'deny' && verdict !== 'hold') return undefined;
    read.push({ rule, verdict, reason: sentence(reason) });
  }
  return read;
}

// Identifiers stand in reasons, and an agent chooses its identifiers: no control characters, no endless text.
function sentence(reason: string): string {
  // eslint-disable-next-line no-control-regex
  const printable = reason.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').toWellFormed();
  return printable.length <= REASON_CHARS_MAX
    ? printable
    : `${printable.slice(0, REASON_CHARS_MAX).toWellFormed()}…`;
}

function members(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** A list of one to `ENTRIES_MAX` texts, each in form. */
const entries = (value: unknown, inForm: (text: string) => boolean): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= ENTRIES_MAX &&
  value.every((member) => typeof member === 'string' && inForm(member));

const malformed = (bundleHash: string): Decision =>
  denial(
    'GH_POLICY_MALFORMED',
    'The policy gave a decision that is not in form, so this is denied; tell its owner.',
    bundleHash,
  );

const denial = (code: string, reason: string, bundleHash: string): Decision =>
  gateDenial(code, reason, bundleHash);
