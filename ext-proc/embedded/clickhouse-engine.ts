/**
 * The process that is the embedded ClickHouse: it hands clickhouse-local's own arguments to the engine's library and
 * stays in that call. The last query counts the lines of standard input, a pipe that the parent holds open, so the
 * engine serves HTTP exactly as long as the parent lives. Started by clickhouse.ts; no use of its own.
 */
import { DataType, load, open } from 'ffi-rs';

const [library, dataDirectory, configFile] = process.argv.slice(2) as [string, string, string];

const QUERIES = [
  'SYSTEM START LISTEN HTTP',
  // The profile of the session that starts the engine allows a second and little memory; this one query may stay.
  "SELECT count() FROM file('-', 'LineAsString') SETTINGS max_execution_time = 0 FORMAT Null",
];
const args = [
  'clickhouse-local',
  '--path',
  dataDirectory,
  '--config-file',
  configFile,
  '--query',
  QUERIES.join('; '),
];

open({ library: 'chdb', path: library });
const result = load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
});
const error = load({
  library: 'chdb',
  funcName: 'chdb_result_error',
  retType: DataType.String,
  paramsType: [DataType.External],
  paramsValue: [result],
});
process.stderr.write(`${error === '' ? 'The parent has gone.' : error}\n`);
// Not a normal exit: the engine's threads still run, and unloading the library under them crashes.
process.kill(process.pid, 'SIGKILL');
