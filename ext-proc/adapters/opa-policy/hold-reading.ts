/** A decision's `hold` member as the terms of the hold; undefined where it is not exactly in form. */
import { HOLD_BOUNDS, type HoldTerms, type ReviewRequirement } from '../../domain/approvals/hold-terms.ts';

const NAME_CHARACTERS_MAX = 512;
const SECONDS = 1_000;

export function readHold(value: unknown): HoldTerms | undefined {
  const hold = members(value, HOLD_MEMBERS);
  if (hold === undefined) return undefined;
  const { mode, stage, deadline_s: deadline, transaction_s: transaction, use_within_s: useWithin } = hold;
  const requirements = readRequirements(hold['requirements']);
  const grant = hold['grant'] === undefined ? undefined : readGrant(hold['grant']);
  const breakGlassGroups = hold['break_glass'] === undefined ? [] : names(hold['break_glass']);
  const { text } = hold;
  if (mode !== undefined && mode !== 'wait' && mode !== 'retry') return undefined;
  if (stage !== 'action' && stage !== 'commit') return undefined;
  if (requirements === undefined || breakGlassGroups === undefined || grant === 'malformed') return undefined;
  if (typeof text !== 'string' || text.length > HOLD_BOUNDS.textCharactersMax) return undefined;
  if (!isSeconds(deadline) || !isSeconds(transaction) || !isSeconds(useWithin)) return undefined;
  return {
    mode,
    stage,
    requirements,
    deadlineMs: deadline * SECONDS,
    transactionMs: transaction * SECONDS,
    useWithinMs: useWithin * SECONDS,
    text: text.toWellFormed(),
    grant,
    breakGlassGroups,
  };
}

const HOLD_MEMBERS = [
  'mode',
  'stage',
  'requirements',
  'deadline_s',
  'transaction_s',
  'use_within_s',
  'text',
  'grant',
  'break_glass',
];

function readRequirements(value: unknown): readonly ReviewRequirement[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > HOLD_BOUNDS.requirementsMax)
    return undefined;
  const read: ReviewRequirement[] = [];
  for (const each of value) {
    const requirement = members(each, ['rule', 'groups', 'people', 'count']);
    if (requirement === undefined) return undefined;
    const { rule, count } = requirement;
    const groups = names(requirement['groups']);
    const people = names(requirement['people']);
    if (typeof rule !== 'string' || groups === undefined || people === undefined) return undefined;
    if (!isWhole(count, HOLD_BOUNDS.countMax)) return undefined;
    // Nobody could ever agree.
    if (groups.length === 0 && people.length < count) return undefined;
    read.push({ rule, groups, people, count });
  }
  return read;
}

function readGrant(value: unknown): HoldTerms['grant'] | 'malformed' {
  const grant = members(value, ['minutes_max', 'rows_max']);
  if (grant === undefined) return 'malformed';
  const { minutes_max: minutesMax, rows_max: rowsMax } = grant;
  if (!isWhole(minutesMax, HOLD_BOUNDS.grantMinutesMax)) return 'malformed';
  if (rowsMax !== undefined && !isWhole(rowsMax, Number.MAX_SAFE_INTEGER)) return 'malformed';
  return { minutesMax, rowsMax };
}

/** An object with no other members than these. */
function members(value: unknown, known: readonly string[]): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.keys(value).every((name) => known.includes(name))
    ? (value as Record<string, unknown>)
    : undefined;
}

function names(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > HOLD_BOUNDS.reviewersMax) return undefined;
  const isName = (each: unknown): boolean =>
    typeof each === 'string' && each !== '' && each.length <= NAME_CHARACTERS_MAX && each.isWellFormed();
  return value.every(isName) ? (value as string[]) : undefined;
}

const isWhole = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;

const isSeconds = (value: unknown): value is number => isWhole(value, HOLD_BOUNDS.deadlineMsMax / SECONDS);
