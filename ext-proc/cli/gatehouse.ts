/**
 * `npm run gatehouse -- <command>`: what the commands are called and which options they take. A
 * command's own module is loaded when it is called, so that the short ones stay quick.
 */
import { Command } from 'commander';

import type { AuditDdlOptions } from './audit-ddl.ts';
import type { AuditVerifyOptions } from './audit-verify.ts';
import type { LeakMeOptions } from './leak-me.ts';
import type { ConnectOptions } from './gate-login.ts';
import type { HttpAccessOptions } from './http-access.ts';
import { callerPath } from './paths.ts';
import { addReviewerCommands } from './reviewer-commands.ts';
import type { ControlOptions } from './sessions.ts';
import type { QueryOptions } from './query.ts';
import type { StartOptions } from './start.ts';
import { errorText } from './terminal.ts';
import type { TokenOptions } from './token.ts';
import type { TourOptions } from './tour.ts';

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const CONFIG = ['--config <file>', 'gatehouse.yaml of the gate that is meant'] as const;
const SUBJECT = ['--subject <subject>', 'who acts', 'agent:claude-1'] as const;
const GROUPS = ['--groups <names>', 'groups, separated by commas', 'developers'] as const;
const FOR = ['--for <subject>', 'the human it acts for'] as const;
const TTL = ['--ttl <duration>', 'how long it is good', '15m'] as const;
const LISTENER = ['--listener <name>', 'the listener; the first by default'] as const;
const URL_OPTION = ['--url <url>', 'of a gate that does not run here'] as const;
const CA = ['--ca <file>', 'a CA to trust beside those of this machine (PEM)'] as const;
const TOKEN_COMMAND = ['--token-command <command>', 'a shell command that prints a token'] as const;
const TOKEN_FILE = ['--token-file <file>', 'a file that holds a token'] as const;
const DATABASE = ['--database <name>', "the database; the upstream's first by default"] as const;

const program = new Command('gatehouse')
  .description('The gate between AI coding agents and what they touch.')
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: true });

program
  .command('start')
  .description('the development stack, or with --config a gate for your own upstreams')
  .option(...CONFIG)
  .option('--detach', 'return when it is ready')
  .option('--any-ports', 'take any free ports, not the usual ones')
  .action(async (options: StartOptions) => {
    const { reportStartError, start } = await import('./start.ts');
    await start(options).catch((error: unknown) => {
      if (!process.connected) throw error;
      reportStartError(error);
      process.exitCode = 1;
    });
  });

program
  .command('stop')
  .description('end everything that was started from here')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => {
    const { stop } = await import('./stop.ts');
    await stop(options, write);
  });

program
  .command('status')
  .description('whether it serves, and where')
  .option(...CONFIG)
  .option('--json', 'one JSON object')
  .action(async (options: { config?: string; json?: boolean }) => {
    const { status } = await import('./status.ts');
    process.exitCode = await status(options, write);
  });

program
  .command('tour')
  .description('six scenes of what an agent meets at the gate, against the running sample')
  .option('--yes', 'approve the held statement as a reviewer of the sample, so that nobody has to be there')
  .option('--json', 'one JSON object at the end, and nothing else')
  .action(async (options: TourOptions) => {
    const { tour } = await import('./tour.ts');
    process.exitCode = await tour(options, write);
  });

program
  .command('token')
  .description('a token of the development issuer')
  .option(...CONFIG)
  .option(...SUBJECT)
  .option(...GROUPS)
  .option(...FOR)
  .option(...TTL)
  .action(async (options: TokenOptions) => {
    const { token } = await import('./token.ts');
    write(await token(options));
  });

program
  .command('query')
  .description('read the evidence: one SELECT over the database of events')
  .argument('<sql>')
  .option(...CONFIG)
  .option('--format <format>', "one of ClickHouse's output formats", 'PrettyCompact')
  .option('--json', 'an array of objects')
  .action(async (sql: string, options: QueryOptions) => {
    const { query } = await import('./query.ts');
    await query(sql, options, (text) => void process.stdout.write(text));
  });

const sessions = program.command('sessions').description('who is connected');
sessions
  .command('list', { isDefault: true })
  .option(...CONFIG)
  .option('--json', 'one JSON array')
  .action(async (options: ControlOptions) => (await import('./sessions.ts')).listSessions(options, write));
sessions
  .command('kill')
  .description('end sessions: the query is cancelled, the transaction rolled back')
  .argument('<session...>')
  .option(...CONFIG)
  .action(async (ids: string[], options: ControlOptions) =>
    (await import('./sessions.ts')).killSessions(ids, options, write),
  );

program
  .command('block')
  .description('let nobody in as, or for, a subject, and end its sessions')
  .argument('<subject>')
  .option(...CONFIG)
  .action(async (subject: string, options: ControlOptions) =>
    (await import('./sessions.ts')).blockSubject(subject, options, write),
  );
program
  .command('unblock')
  .description('let a blocked subject in again')
  .argument('<subject>')
  .option(...CONFIG)
  .action(async (subject: string, options: ControlOptions) =>
    (await import('./sessions.ts')).unblockSubject(subject, options, write),
  );
program
  .command('blocks')
  .description('who is blocked')
  .option(...CONFIG)
  .option('--json', 'one JSON array')
  .action(async (options: ControlOptions) => (await import('./sessions.ts')).listBlocks(options, write));

addReviewerCommands(program, CONFIG, CA, write);

const connect = program.command('connect').description('a client through the gate');
connect
  .command('psql')
  .description('psql, with a fresh token; what follows -- is for psql')
  .argument('[args...]')
  .option(...CONFIG)
  .option(...SUBJECT)
  .option(...GROUPS)
  .option(...FOR)
  .option(...TTL)
  .option(...LISTENER)
  .option(...DATABASE)
  .action(async (args: string[], options: ConnectOptions) => {
    const { connectPsql } = await import('./connect.ts');
    process.exitCode = await connectPsql(args, options);
  });
connect
  .command('sql')
  .description('one statement, where there is no psql')
  .argument('<sql>')
  .option(...CONFIG)
  .option(...SUBJECT)
  .option(...GROUPS)
  .option(...FOR)
  .option(...TTL)
  .option(...LISTENER)
  .option(...DATABASE)
  .action(async (sql: string, options: ConnectOptions) => {
    const { connectSql } = await import('./connect-sql.ts');
    process.exitCode = await connectSql(sql, options, write, (line) => process.stderr.write(`${line}\n`));
  });

/** What each client over HTTP takes: where, and a token of the development issuer or from elsewhere. */
const overHttp = (name: string, description: string, subject: string): Command =>
  connect
    .command(name)
    .description(description)
    .option(...CONFIG)
    .option(...URL_OPTION)
    .option(...CA)
    .option(...TOKEN_COMMAND)
    .option(...TOKEN_FILE)
    .option('--subject <subject>', 'who acts', subject)
    .option(...GROUPS)
    .option(...FOR)
    .option(...TTL);
overHttp('curl', 'a curl command to paste; what follows -- is for curl', SUBJECT[2])
  .argument('[path]', 'what to ask for', '/people?limit=3')
  .argument('[args...]')
  .action(async (path: string, args: string[], options: HttpAccessOptions) => {
    const { connectCurl } = await import('./connect-curl.ts');
    write(await connectCurl(path, args, options));
  });
overHttp('mcp', 'an MCP server behind the gate, over standard input and output', SUBJECT[2]).action(
  async (options: HttpAccessOptions) => {
    const { connectMcp } = await import('./connect-mcp.ts');
    await connectMcp(options);
  },
);
for (const [name, file, subject] of [
  ['claude', '.mcp.json', SUBJECT[2]],
  ['cursor', '.cursor/mcp.json', 'agent:cursor-1'],
] as const) {
  overHttp(name, `what goes into ${file}`, subject).action(async (options: HttpAccessOptions) => {
    const { connectAgent } = await import('./connect-agent.ts');
    write(await connectAgent(options));
  });
}

program
  .command('envoy')
  .description('what Envoy needs')
  .command('render')
  .description('a complete Envoy configuration from gatehouse.yaml')
  .option(...CONFIG)
  .option('--output <file>', 'write it there; to the terminal by default')
  .option('--node-id <id>', "Envoy's node.id")
  .action(async (options: { config?: string; output?: string; nodeId?: string }) => {
    const [{ findPlace }, { renderEnvoyCommand, whatIsLeft }] = await Promise.all([
      import('./places.ts'),
      import('./envoy-render.ts'),
    ]);
    const { output, nodeId } = options;
    const { configFile } = await findPlace(options.config);
    const rendered = await renderEnvoyCommand({
      config: configFile,
      ...(output === undefined ? {} : { output: callerPath(output) }),
      ...(nodeId === undefined ? {} : { nodeId }),
    });
    if (output === undefined) process.stdout.write(rendered.text);
    for (const file of rendered.written) write(`Written: ${file}`);
    const left = whatIsLeft(rendered);
    if (left !== undefined) process.stderr.write(`${left}\n`);
  });

const policy = program.command('policy').description('the Rego policy');
policy
  .command('build')
  .description('compile a folder of Rego into a bundle')
  .option('--source <folder>', "the gate's own policies by default")
  .option('--out <folder>', 'bundle in the source folder by default')
  .action(async (options: { source?: string; out?: string }) => {
    const { policyBuild } = await import('./policy.ts');
    const { out, bundleHash, manifest } = await policyBuild({
      ...(options.source === undefined ? {} : { source: callerPath(options.source) }),
      ...(options.out === undefined ? {} : { out: callerPath(options.out) }),
    });
    write(`${out}: ${manifest.rules.length} rules, bundle ${bundleHash}`);
  });
policy
  .command('test')
  .description("check a folder of Rego and run its tests with opa's test runner")
  .option('--source <folder>', "the gate's own policies by default")
  .action(async (options: { source?: string }) => {
    const { policyTest } = await import('./policy.ts');
    const { ok, output } = await policyTest(
      options.source === undefined ? {} : { source: callerPath(options.source) },
    );
    write(output);
    process.exitCode = ok ? 0 : 1;
  });

program
  .command('doctor')
  .description('what would break a promise of the gate, and what to do about it')
  .option(...CONFIG)
  .option('--envoy-config <file>', 'look at this Envoy configuration, not at what runs')
  .option('--json', 'one JSON object')
  .action(async (options: { config?: string; envoyConfig?: string; json?: boolean }) => {
    const [{ findPlace }, { doctor }, { doctorPorts }] = await Promise.all([
      import('./places.ts'),
      import('./doctor.ts'),
      import('../compose-doctor.ts'),
    ]);
    // A configuration that does not load is for the doctor to speak of.
    const config =
      options.config === undefined ? (await findPlace(undefined)).configFile : callerPath(options.config);
    const { envoyConfig, json = false } = options;
    const asked = {
      config,
      json,
      ...(envoyConfig === undefined ? {} : { envoyConfig: callerPath(envoyConfig) }),
    };
    process.exitCode = await doctor(asked, doctorPorts(config), write);
  });

program
  .command('leak-me')
  .description(
    'try known ways out of masked columns against any server or proxy, and print what came through',
  )
  .option('--target <url>', 'postgres://user@host:port/db; the password or token is in PGPASSWORD')
  .option('--json', 'one JSON array of {"name", "leaked", …}')
  .option('--only <name...>', 'these entries or families')
  .option('--list', 'print the entries; try nothing')
  .option('--setup <url>', 'a direct connection of an owner; plants canaries in a schema leak_me of its own')
  .option('--canary <kind>', 'what is planted: card, or opaque, which no detector knows', 'card')
  .option('--mark <mark...>', 'schema.table.column=file:PATH, or =direct with --setup: a column of your own')
  .action(async (options: LeakMeOptions) => {
    const { leakMe } = await import('./leak-me.ts');
    process.exitCode = await leakMe(options, write);
  });

const audit = program.command('audit').description('the journal and its tables in ClickHouse');
audit
  .command('verify')
  .description('prove that nothing was changed in the journal, or removed from it')
  .option(...CONFIG)
  .option('--directory <folder>', 'a journal that was copied elsewhere')
  .option('--offline', 'without the anchors that ClickHouse keeps')
  .option('--json', 'one JSON object')
  .action(async (options: AuditVerifyOptions) => {
    const { auditVerify } = await import('./audit-verify.ts');
    const { directory, ...others } = options;
    const asked = directory === undefined ? others : { ...others, directory: callerPath(directory) };
    process.exitCode = await auditVerify(asked, write);
  });
audit
  .command('ddl')
  .description('the tables and roles, as statements for an administrator of ClickHouse')
  .option(...CONFIG)
  .action(async (options: AuditDdlOptions) => (await import('./audit-ddl.ts')).auditDdl(options, write));

// A reader that has gone (`| head`, a closed terminal) must not keep the rest from being done in good order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = 1;
}
// A detached child, a kept-alive connection: nothing may hold a command that has said its word.
process.exit();
