/**
 * SET and RESET, and the same inside ALTER SYSTEM, ALTER ROLE and ALTER DATABASE: which setting, to what, and what
 * follows from its name.
 */
import { type Body, bodyOf, constantText, listOf, nodeOf, textOf } from './ast.ts';
import { quoteIdentifier } from './identifiers.ts';
import { TOP, type Walker } from './walker.ts';
import { noteSettingName } from './walk-call.ts';
import { walkExpression } from './walk-expression.ts';

/** A constant of SET, as the server would keep it; undefined where it is not one. */
function settingValue(name: string, args: readonly unknown[]): string | undefined {
  const parts: string[] = [];
  for (const arg of args) {
    const node = nodeOf(arg);
    const constant = node?.kind === 'A_Const' ? node.body : undefined;
    const text = constantText(arg);
    if (text !== undefined) parts.push(name === 'search_path' ? quoteIdentifier(text) : text);
    else if (constant?.['ival'] !== undefined) parts.push(String(bodyOf(constant['ival'])?.['ival'] ?? 0));
    else if (constant?.['fval'] !== undefined) parts.push(textOf(bodyOf(constant['fval'])?.['fval']) ?? '');
    else if (constant?.['boolval'] !== undefined) {
      parts.push(bodyOf(constant['boolval'])?.['boolval'] === true ? 'true' : 'false');
    } else return undefined;
  }
  return parts.join(', ');
}

/** SET and RESET, and the same inside ALTER SYSTEM, ALTER ROLE and ALTER DATABASE. */
export function noteSetting(
  walker: Walker,
  body: Body,
): { name: string; value: string | undefined; local: boolean } {
  walker.visited.add(body);
  const kind = textOf(body['kind']);
  const name = (textOf(body['name']) ?? (kind === 'VAR_RESET_ALL' ? 'all' : '')).toLowerCase();
  const args = listOf(body['args']);
  const value = kind === 'VAR_SET_VALUE' ? settingValue(name, args) : undefined;
  walkListVisited(walker, args);
  noteSettingName(walker, name);
  if (kind === 'VAR_RESET_ALL') walker.trait('search_path_change');
  return { name, value, local: body['is_local'] === true };
}

/** SET's values are constants, or types around them (`INTERVAL '1' HOUR`). */
function walkListVisited(walker: Walker, args: readonly unknown[]): void {
  for (const arg of args) {
    const option = bodyOf(arg, 'DefElem');
    if (option === undefined) walkExpression(walker, arg, TOP);
    else {
      // SET TRANSACTION's modes.
      walker.visited.add(option);
      walkExpression(walker, option['arg'], TOP);
    }
  }
}

const STANDARD_PARSING: Readonly<Record<string, readonly string[]>> = {
  standard_conforming_strings: ['on', 'true', 'yes', '1', 't', 'y'],
  client_encoding: ['utf8', 'utf-8', 'unicode'],
  backslash_quote: ['safe_encoding'],
};

export function walkSet(walker: Walker, body: Body): void {
  const set = textOf(body['kind'])?.startsWith('VAR_RESET') !== true && body['kind'] !== 'VAR_SET_DEFAULT';
  walker.verb(textOf(body['kind'])?.startsWith('VAR_RESET') === true ? 'RESET' : 'SET');
  const setting = noteSetting(walker, body);
  walker.outline.setting = setting;
  const standard = STANDARD_PARSING[setting.name];
  if (standard !== undefined && set && !standard.includes((setting.value ?? '').toLowerCase())) {
    // From here on the server would read texts otherwise than the gate.
    walker.unknown('parsing_change');
  }
  if (walker.outline.secret) {
    // The value may be a bare word, so the text cannot be kept even without its literals.
    walker.outline.recordAs = `SET ${setting.local ? 'LOCAL ' : ''}${setting.name} = '[redacted]'`;
    if (setting.value !== undefined) walker.outline.setting = { ...setting, value: undefined };
  }
}
