/**
 * The walk over function calls, and what is known of some functions by name: sequences, settings, secrets, SQL that
 * is given as text.
 */
import { type Body, bodyOf, constantText, listOf, namesOf, nodeOf, textOf } from './ast.ts';
import { splitIdentifiers } from './identifiers.ts';
import {
  carriesSecret,
  changesParsing,
  functionTraits,
  isSecretSetting,
  sequenceAccess,
} from './known-functions.ts';
import { isBuiltinAggregate, isRank } from './lineage/known-results.ts';
import { context } from './lineage/use-contexts.ts';
import { part, type Place, type Walker, within } from './walker.ts';
import { walkExpression, walkList } from './walk-expression.ts';

export function walkCall(walker: Walker, body: Body, place: Place): void {
  walker.visited.add(body);
  const parts = namesOf(body['funcname']);
  const name = parts.at(-1) ?? '';
  const args = listOf(body['args']);
  const count = body['func_variadic'] === true ? undefined : args.length;
  const called = within(place, 'derived', isAggregate(name, body) ? AGGREGATE : FUNCTION);
  const harmless = name === 'current_setting' && isPlainSetting(args[0]);
  part(called, 'call', walker.function(parts, { argumentCount: count, harmless, place }));
  for (const arg of args) walkExpression(walker, arg, called);
  // WITHIN GROUP's order is what is aggregated; any other decides how.
  const ordered = body['agg_within_group'] === true ? 'derived' : 'condition';
  walkList(walker, body['agg_order'], within(called, ordered, ORDER_BY));
  walkExpression(walker, body['agg_filter'], within(called, 'condition', CONDITION));
  walkWindow(walker, body['over'], within(place, isRank(name) ? 'derived' : 'condition', WINDOW));
  for (const trait of functionTraits(name)) walker.trait(trait);
  if (carriesSecret(name)) walker.outline.secret = true;
  if (functionTraits(name).includes('dynamic_sql')) walker.unknown('dynamic_sql');
  const sequence = sequenceAccess(name);
  if (sequence !== undefined) noteSequence(walker, args[0], sequence);
  if (name === 'set_config') noteSetConfig(walker, args);
}

/** OVER: a window of its own, a named one, or a named one and more. */
export function walkWindow(walker: Walker, value: unknown, place: Place): void {
  const window = bodyOf(value, 'WindowDef');
  if (window === undefined) return;
  for (const key of ['name', 'refname']) part(place, 'window', place.windows?.get(textOf(window[key]) ?? ''));
  walkExpression(walker, value, place);
}

const AGGREGATE = context('aggregate_argument');
const FUNCTION = context('function_argument');
const ORDER_BY = context('order_by');
const CONDITION = context('condition');
const WINDOW = context('window');

/** A setting of the server's own: one with a dot in its name may have been set to anything. */
const isPlainSetting = (name: unknown): boolean => constantText(name)?.includes('.') === false;

const isAggregate = (name: string, body: Body): boolean =>
  body['agg_order'] !== undefined ||
  body['agg_filter'] !== undefined ||
  body['agg_distinct'] === true ||
  body['agg_within_group'] === true ||
  isBuiltinAggregate(name);

function noteSequence(walker: Walker, arg: unknown, access: 'read' | 'write'): void {
  const text = constantText(arg);
  const cast = nodeOf(arg)?.kind === 'TypeCast' && nodeOf(nodeOf(arg)?.body['arg'])?.kind === 'A_Const';
  const parts = text === undefined || /^[0-9]+$/.test(text) ? undefined : splitIdentifiers(text, '.');
  if (parts === undefined) return walker.trait('dynamic_sequence');
  // The cast to regclass has noted it as read already.
  if (!cast || access === 'write') walker.relationByName(parts, access);
}

function noteSetConfig(walker: Walker, args: readonly unknown[]): void {
  const named = args.find(
    (arg) => nodeOf(arg)?.kind === 'NamedArgExpr' && nodeOf(arg)?.body['name'] === 'setting_name',
  );
  const name = constantText(named ?? args[0]);
  if (name === undefined) {
    walker.outline.secret = true;
    walker.trait('search_path_change');
    walker.trait('set_role');
    return walker.unknown('dynamic_setting');
  }
  noteSettingName(walker, name);
}

/** The marks that follow from a setting's name, however it is set. */
export function noteSettingName(walker: Walker, name: string): void {
  const folded = name.toLowerCase();
  if (folded === 'search_path') walker.trait('search_path_change');
  if (folded === 'role') walker.trait('set_role');
  if (folded === 'session_authorization') walker.trait('set_session_authorization');
  if (isSecretSetting(folded)) walker.outline.secret = true;
  if (changesParsing(folded)) walker.trait('parsing_change');
}
