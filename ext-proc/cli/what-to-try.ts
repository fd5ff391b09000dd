/** What `npm start` prints at its end: lines that can be pasted as they are. */
import { spawnSync } from 'node:child_process';

import { SAMPLE_DATABASE } from '../embedded/sample-database.ts';
import { colors } from './colors.ts';
import { curlCommand } from './connect-curl.ts';

export interface TryFacts {
  readonly port: number;
  /** `https://localhost:<port>` of the sample API. */
  readonly http: string;
  readonly console: string;
  readonly caFile: string;
  readonly token: string;
  /** Of a principal that policy shows what is masked. */
  readonly officerToken: string;
  readonly tokenLifetime: string;
}

/** libpq's connection string for the gate's listener on this machine. */
const psqlConnection = (facts: { port: number; caFile: string; user: string }): string =>
  `host=localhost port=${facts.port} dbname=${SAMPLE_DATABASE} user=${facts.user} sslmode=verify-full sslrootcert=${connectionValue(facts.caFile)}`;

/** libpq: a value with spaces is quoted, and a quote or a backslash in a value is escaped. */
const connectionValue = (text: string): string =>
  /[\s'\\]/.test(text) ? `'${text.replaceAll(/['\\]/g, '\\$&')}'` : text;

const ROWS = 'SELECT id, name, email, card FROM people ORDER BY id LIMIT 5';
/** The group that the library reveals to, beside one that has a grant. */
export const OFFICER_GROUPS = ['developers', 'privacy-officers'] as const;
const REFUSED = 'DELETE FROM people';
/** Held by the default policy for developers of the sample. */
const HELD = "UPDATE people SET notes = 'Prefers to be called in the morning.' WHERE id = 7";
const THROUGH_VIEW = 'SELECT name, phone FROM people_contacts LIMIT 3';
/** Refused by the default policy: what a function of the database's own does, nobody can tell from its call. */
const THROUGH_FUNCTION = "SELECT name FROM find_people('kowalski')";
const EVIDENCE =
  "SELECT time, principal_subject, on_behalf_of, decision, rule, statement FROM events WHERE statement != '' ORDER BY time DESC LIMIT 5";
/** Refused by the default policy: more people at once than anyone needs. */
const TOO_MANY = '/people?limit=1000';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function whatToTry(facts: TryFacts): readonly string[] {
  const connection = quoted(psqlConnection({ ...facts, user: 'agent' }));
  const psql = (sql: string, token = facts.token): string =>
    `PGPASSWORD=${quoted(token)} psql ${connection} -c ${quoted(sql)}`;
  const curl = (path: string, ...args: string[]): string =>
    curlCommand({ url: facts.http + path, caFile: facts.caFile, token: facts.token, args });
  const comment = (text: string): string => colors.dim(`# ${text}`);
  const hasPsql = spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0;
  return [
    '',
    colors.bold('Try it') +
      ` (the token is agent:claude-1, acting for alice@example.com, for ${facts.tokenLifetime}):`,
    '',
    comment('rows; what is marked is masked'),
    psql(ROWS),
    '',
    comment('the same as a privacy officer, whom policy shows it'),
    psql(ROWS, facts.officerToken),
    '',
    comment('a refusal'),
    psql(REFUSED),
    '',
    comment(
      'a change that waits until somebody else approves it: in the console below, or in another terminal',
    ),
    psql(HELD),
    'npm run gatehouse -- login --user bob@example.com',
    'npm run gatehouse -- approvals list',
    '',
    ...(hasPsql
      ? []
      : [
          comment('psql is not installed here (Debian: postgresql-client); the same without it'),
          `npm run gatehouse -- connect sql ${quoted(ROWS)}`,
          `npm run gatehouse -- connect sql --groups ${OFFICER_GROUPS.join(',')} ${quoted(ROWS)}`,
          `npm run gatehouse -- connect sql ${quoted(REFUSED)}`,
          `npm run gatehouse -- connect sql --for alice@example.com ${quoted(HELD)}`,
          '',
        ]),
    comment(
      'a view over the same table, and a function over it: refused until the policy lists that function',
    ),
    `npm run gatehouse -- connect sql "${THROUGH_VIEW}"`,
    `npm run gatehouse -- connect sql "${THROUGH_FUNCTION}"`,
    '',
    comment('the same people from the sample API, masked; events as they come; and a refusal'),
    curl('/people?limit=2'),
    curl('/events?count=6', '-N'),
    curl(TOO_MANY),
    '',
    comment('the sample MCP server, for Claude Code (.mcp.json) and Cursor (.cursor/mcp.json)'),
    'npm run gatehouse -- connect claude',
    'npm run gatehouse -- connect cursor',
    '',
    comment('what waits for a person: log in as bob@example.com to approve, or carol@example.com to look'),
    facts.console,
    '',
    comment('six of these, one after another, with what an agent sees and the evidence'),
    'npm run tour',
    '',
    comment('all of it, in the evidence: who, what, which rule'),
    `npm run gatehouse -- query "${EVIDENCE}"`,
    '',
    comment('a session of your own, another token, what runs, and the end'),
    'npm run gatehouse -- connect psql',
    'npm run gatehouse -- token --subject agent:claude-1 --groups readers --ttl 15m',
    'npm run gatehouse -- status',
    'npm stop',
    '',
  ];
}
