/** The extended protocol. */
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { say } from '../../support/wire-peer.ts';
import type { Scripts } from './script.ts';

const INT4 = 23;

export const extendedScripts: Scripts = {
  'unnamed and named statements and portals': async ({ peer }) => {
    await peer.batch(
      say.parse('', 'select $1::int + 1'),
      say.bind('', '', ['41']),
      say.describePortal(),
      say.execute(),
    );
    await peer.batch(say.parse('s', 'select * from t where id = $1', [INT4]), say.describeStatement('s'));
    await peer.batch(say.bind('', 's', ['3'], [1]), say.execute());
    await peer.batch(
      say.bind('p', 's', ['4']),
      say.describePortal('p'),
      say.execute('p'),
      say.closePortal('p'),
      say.closeStatement('s'),
    );
    await peer.batch(say.bind('', 's', ['3']), say.execute());
  },
  'statements without rows, and an empty one': async ({ peer }) => {
    await peer.batch(
      say.parse('', ''),
      say.describeStatement(),
      say.bind('', ''),
      say.describePortal(),
      say.execute(),
    );
    await peer.batch(
      say.parse('', "insert into target values (1, 'a')"),
      say.describeStatement(),
      say.bind('', ''),
      say.execute(),
    );
    await peer.batch(say.parse('', '-- only this'), say.bind('', ''), say.execute());
    await peer.batch(
      say.parse('', 'set work_mem = 4096'),
      say.bind('', ''),
      say.describePortal(),
      say.execute(),
    );
  },
  'partial fetches, suspended and resumed': async ({ peer }) => {
    await peer.query('begin');
    await peer.batch(say.parse('', 'select * from t order by id'), say.bind('p', ''), say.execute('p', 7));
    await peer.batch(say.execute('p', 7));
    await peer.batch(say.execute('p', 7), say.execute('p', 7), say.execute('p'));
    await peer.query('commit');
    await peer.batch(say.execute('p', 1));
    await peer.batch(
      say.parse('', 'select * from t order by id'),
      say.bind('', ''),
      say.execute('', 5),
      say.execute('', 5),
      say.execute('', 0),
    );
  },
  'Flush instead of Sync': async ({ peer }) => {
    peer.send(say.parse('', 'select 1'), say.flush);
    await peer.until(BACKEND.ParseComplete);
    peer.send(say.bind('', ''), say.flush);
    await peer.until(BACKEND.BindComplete);
    peer.send(say.describePortal(), say.flush);
    await peer.until(BACKEND.RowDescription);
    peer.send(say.execute(), say.flush);
    await peer.until(BACKEND.CommandComplete);
    peer.send(say.flush, say.sync);
    await peer.ready();
    peer.send(say.sync);
    await peer.ready();
  },
  'many batches at once, with and without a Sync between': async ({ peer }) => {
    const one = (value: number): Buffer[] => [
      say.parse('', 'select $1::int'),
      say.bind('', '', [String(value)]),
      say.execute(),
    ];
    for (let value = 0; value < 100; value++) peer.send(...one(value), say.sync);
    await peer.ready(100);
    for (let value = 0; value < 100; value++) peer.send(...one(value));
    peer.send(say.sync);
    await peer.ready();
  },
  'an error amid a pipeline, with writes before and after it': async ({ peer }) => {
    const run = (text: string): Buffer[] => [say.parse('', text), say.bind('', ''), say.execute()];
    peer.send(
      ...run("insert into target values (1, 'gone')"),
      ...run('select 1/0'),
      ...run("insert into target values (2, 'skipped')"),
      say.sync,
    );
    peer.send(...run("insert into target values (3, 'stays')"), say.sync);
    peer.send(...run('select * from target'), say.sync);
    await peer.ready(3);
    await peer.batch(say.parse('', 'selec'), say.describeStatement(), say.bind('', ''), say.execute());
    await peer.batch(say.parse('', 'select 1'), say.bind('', '', ['too', 'many']), say.execute());
    await peer.batch(say.parse('', 'select $1::int'), say.bind('', '', ['not a number']), say.execute());
    await peer.batch(say.parse('', 'select 1; select 2'), say.bind('', ''), say.execute());
    await peer.batch(say.execute('nowhere'));
    await peer.batch(say.describeStatement('nowhere'));
    await peer.batch(say.describePortal('nowhere'));
    await peer.batch(say.bind('', 'nowhere'), say.execute());
    await peer.batch(say.closeStatement('nowhere'), say.closePortal('nowhere'));
  },
  'what an error skips stays as it was': async ({ peer }) => {
    await peer.batch(say.parse('kept', 'select 1 as kept'));
    await peer.batch(say.parse('', 'selec'), say.closeStatement('kept'), say.parse('', 'select 2'));
    await peer.batch(say.bind('', 'kept'), say.execute());
    await peer.batch(say.parse('', 'select 3 as unnamed'));
    await peer.batch(say.bind('', 'nowhere'), say.parse('', 'select 4'), say.bind('', ''), say.execute());
    await peer.batch(say.bind('', ''), say.execute());
    peer.send(
      say.parse('other', 'selec'),
      say.sync,
      say.parse('other', 'select 5 as other'),
      say.sync,
      say.bind('', 'other'),
      say.execute(),
      say.sync,
    );
    await peer.ready(3);
  },
  'a name parsed again': async ({ peer }) => {
    await peer.batch(say.parse('s', 'select 1 as first'));
    await peer.batch(say.parse('s', 'select 2 as second'));
    await peer.batch(say.bind('', 's'), say.describePortal(), say.execute());
    peer.send(
      say.parse('s', 'select 3 as third'),
      say.sync,
      say.bind('', 's'),
      say.describePortal(),
      say.execute(),
      say.sync,
    );
    await peer.ready(2);
    await peer.batch(
      say.closeStatement('s'),
      say.parse('s', 'select 4 as fourth'),
      say.bind('', 's'),
      say.describePortal(),
      say.execute(),
    );
  },
  'a portal bound again': async ({ peer }) => {
    await peer.query('begin; savepoint a');
    await peer.batch(say.parse('', 'select * from t order by id'), say.bind('p', ''), say.execute('p', 1));
    await peer.query('savepoint b');
    await peer.batch(say.bind('p', ''), say.execute('p', 1));
    await peer.query('rollback to b');
    await peer.batch(say.execute('p', 1));
    await peer.query('rollback');
  },
  'Bind to what PREPARE made, and EXECUTE of what Parse made': async ({ peer }) => {
    await peer.query('prepare by_sql(int) as select name from t where id = $1');
    await peer.batch(say.describeStatement('by_sql'), say.bind('', 'by_sql', ['5']), say.execute());
    await peer.batch(say.parse('by_parse', 'select name from t where id = $1', [INT4]));
    await peer.query('execute by_parse(6)');
    await peer.query('deallocate by_parse');
    await peer.batch(say.bind('', 'by_parse', ['5']), say.execute());
    await peer.query('prepare by_sql as select 1');
    await peer.batch(say.bind('', 'by_sql', ['7']), say.execute());
    await peer.query('discard all');
    await peer.batch(say.bind('', 'by_sql', ['5']), say.execute());
    await peer.batch(
      say.parse('', 'prepare made as select 8'),
      say.bind('', ''),
      say.execute(),
      say.bind('', 'made'),
      say.execute(),
    );
  },
  'a simple Query ends the unnamed statement': async ({ peer }) => {
    await peer.batch(say.parse('', 'select 1'));
    await peer.query('select 2');
    await peer.batch(say.bind('', ''), say.execute());
    await peer.batch(say.parse('', 'select 1'));
    await peer.query('selec');
    await peer.batch(say.bind('', ''), say.execute());
  },
  'DISCARD ALL and DEALLOCATE ALL within a pipeline': async ({ peer }) => {
    await peer.batch(say.parse('s', 'select 1'));
    await peer.batch(
      say.parse('', 'deallocate all'),
      say.bind('', ''),
      say.execute(),
      say.bind('', 's'),
      say.execute(),
    );
    await peer.batch(say.parse('', 'discard all'), say.bind('', ''), say.execute());
    await peer.query('select 1');
  },
  'transactions by messages': async ({ peer }) => {
    const run = (text: string): Buffer[] => [say.parse('', text), say.bind('', ''), say.execute()];
    await peer.batch(...run('begin'), ...run('insert into target values (1)'));
    await peer.batch(...run('select 1/0'));
    await peer.batch(...run('select 1'));
    await peer.batch(...run('rollback'));
    await peer.batch(...run('begin'), ...run('commit and chain'), ...run('select 1'));
    await peer.batch(...run('rollback'), ...run('select count(*) from target'));
    await peer.batch(say.parse('', 'begin'), say.bind('', ''), say.execute(), say.sync);
    await peer.ready();
    await peer.query('rollback');
  },
  'an error at the commit that Sync makes': async ({ peer }) => {
    await peer.batch(say.parse('', 'insert into child values (9)'), say.bind('', ''), say.execute());
    await peer.query('select count(*) from child');
  },
  'VACUUM alone and in a pipeline': async ({ peer }) => {
    const run = (text: string): Buffer[] => [say.parse('', text), say.bind('', ''), say.execute()];
    await peer.batch(...run('vacuum t'));
    await peer.batch(...run('select 1'), ...run('vacuum t'));
    await peer.batch(...run('set search_path = other'), ...run('vacuum t'));
  },
  'a Query within an unfinished pipeline': async ({ peer }) => {
    peer.send(
      say.parse('', 'insert into target values (1)'),
      say.bind('', ''),
      say.execute(),
      say.query('select count(*) from target'),
    );
    await peer.ready();
    peer.send(say.parse('', 'selec'), say.query('select 1'), say.sync);
    await peer.ready();
    await peer.query('select count(*) from target');
  },
  'settings made in a Query within an unfinished pipeline, and undone by an error': async ({ peer }) => {
    peer.send(
      say.parse('', 'set search_path = other'),
      say.bind('', ''),
      say.execute(),
      say.query('set role pg_monitor'),
    );
    peer.send(say.query('select 1/0'), say.sync);
    await peer.ready(3);
    await peer.query('select count(*) from t');
  },
  'binary parameters and results, and NULLs': async ({ peer }) => {
    await peer.batch(
      say.parse('', 'select $1::text, $2::int, $3::bytea'),
      say.bind('', '', [null, '7', '\\x00ff'], [0, 1, 1]),
      say.describePortal(),
      say.execute(),
    );
  },
  'every message a byte at a time': async ({ peer }) => {
    const bytes = Buffer.concat([
      say.query('select 1; select * from t limit 2'),
      say.parse('', 'select name from t where id = $1', [INT4]),
      say.bind('', '', ['3']),
      say.describePortal(),
      say.execute(),
      say.sync,
      say.query('copy target from stdin'),
      say.copyData('1\tone\n2\ttwo\n'),
      say.copyDone,
      say.query('select * from target'),
    ]);
    await peer.sendInPieces(bytes, 1);
    await peer.ready(4);
  },
};
