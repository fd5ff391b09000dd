/**
 * What a client may ask for in its startup packet. Owns the list of settings that cannot change what a statement
 * means or who runs it; everything else is refused, so that nothing gets in beside policy.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "StartupMessage"; src/backend/tcop/postgres.c
 * (process_postgres_switches) for the form of `options`.
 */

/** Settings a client may send: they shape output and waiting, never identity, lexing or name resolution but search_path. */
const ALLOWED_SETTINGS: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'client_encoding',
  'client_min_messages',
  'datestyle',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'extra_float_digits',
  'geqo',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'jit',
  'lock_timeout',
  'search_path',
  'statement_timeout',
  'timezone',
  'transaction_timeout',
  'work_mem',
]);

export interface StartupRequest {
  readonly user: string;
  readonly database: string;
  readonly applicationName: string;
  /** Settings to pass on, names in lower case, in the order given. */
  readonly settings: ReadonlyMap<string, string>;
}

export type StartupCheck =
  | { readonly ok: true; readonly request: StartupRequest }
  | { readonly ok: false; readonly code: string; readonly sqlstate: string; readonly publicMessage: string };

const refuse = (code: string, sqlstate: string, publicMessage: string): StartupCheck => ({
  ok: false,
  code,
  sqlstate,
  publicMessage,
});

/** Checks a startup packet's parameters. `database` defaults to the user's name, as in PostgreSQL. */
export function checkStartup(
  parameters: ReadonlyMap<string, string>,
  databases: readonly string[] | undefined,
): StartupCheck {
  const settings = new Map<string, string>();
  let user = '';
  let database = '';
  for (const [name, value] of parameters) {
    if (name === 'user') user = value;
    else if (name === 'database') database = value;
    else if (name === 'replication') {
      if (!/^(false|off|no|0|f|n)$/i.test(value)) {
        return refuse('GH_PG_REPLICATION', '42501', 'replication connections do not go through the gate');
      }
    } else if (name === 'options') {
      const parsed = parseOptions(value);
      if (parsed === undefined) {
        return refuse(
          'GH_PG_OPTIONS',
          '42501',
          'the options parameter holds something other than -c name=value; send settings one by one',
        );
      }
      for (const [setting, text] of parsed) settings.set(setting, text);
    } else settings.set(name.toLowerCase(), value);
  }
  for (const name of settings.keys()) {
    if (!ALLOWED_SETTINGS.has(name)) {
      return refuse(
        'GH_PG_SETTING',
        '42501',
        'a startup setting is not allowed through the gate; set it after connecting, where policy decides',
      );
    }
  }
  if (user === '') return refuse('GH_PG_USER', '28000', 'no user name was given in the startup packet');
  if (database === '') database = user;
  if (databases !== undefined && !databases.includes(database)) {
    return refuse(
      'GH_PG_DATABASE',
      '3D000',
      `this listener leads to other databases; ask for one of: ${databases.join(', ')}`,
    );
  }
  const applicationName = settings.get('application_name') ?? '';
  settings.delete('application_name');
  return { ok: true, request: { user, database, applicationName, settings } };
}

/**
 * `-c name=value`, `-cname=value` and `--name=value`, separated by white space, a backslash taking the next character
 * as it is (pg_split_opts). Anything else is undefined.
 */
function parseOptions(text: string): readonly (readonly [string, string])[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (character === '\\') {
      word = (word ?? '') + (text[++index] ?? '');
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  const settings: [string, string][] = [];
  for (let index = 0; index < words.length; index++) {
    let setting = words[index] as string;
    if (setting === '-c') setting = words[++index] ?? '';
    else if (setting.startsWith('--')) setting = setting.slice(2);
    else if (setting.startsWith('-c')) setting = setting.slice(2);
    else return undefined;
    const equals = setting.indexOf('=');
    if (equals <= 0) return undefined;
    settings.push([setting.slice(0, equals).toLowerCase().replaceAll('-', '_'), setting.slice(equals + 1)]);
  }
  return settings;
}
