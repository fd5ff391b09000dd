/**
 * The walk over function calls, and what is known of some functions by name: sequences, settings, secrets, SQL that
 * is given as text.
 */
import { type Body, constantText, listOf, namesOf, nodeOf } from './ast.ts';
import { splitIdentifiers } from './identifiers.ts';
import {
  carriesSecret,
  changesParsing,
  functionTraits,
  isSecretSetting,
  sequenceAccess,
} from './known-functions.ts';
import { type Place, type Walker } from './walker.ts';
import { walkExpression, walkList } from './walk-expression.ts';

export function walkCall(walker: Walker, body: Body, place: Place): void {
  walker.visited.add(body);
  const parts = namesOf(body['funcname']);
  const name = parts.at(-1) ?? '';
  const args = listOf(body['args']);
  walker.function(parts);
  for (const arg of args) walkExpression(walker, arg, place);
  walkList(walker, body['agg_order'], place);
  walkExpression(walker, body['agg_filter'], place);
  walkExpression(walker, body['over'], place);
  for (const trait of functionTraits(name)) walker.trait(trait);
  if (carriesSecret(name)) walker.outline.secret = true;
  if (functionTraits(name).includes('dynamic_sql')) walker.unknown('dynamic_sql');
  const sequence = sequenceAccess(name);
  if (sequence !== undefined) noteSequence(walker, args[0], sequence);
  if (name === 'set_config') noteSetConfig(walker, args);
}

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
