/** What random sequences found: each was answered differently through the gate once. Append only. */
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { say } from '../../support/wire-peer.ts';
import type { Scripts } from './script.ts';

const run = (text: string): Buffer[] => [say.parse('', text), say.bind('', ''), say.execute()];

export const foundScripts: Scripts = {
  'COPY out of a table that the catalogue does not show, with messages behind it': async ({ peer }) => {
    await peer.query('create temporary table fresh as select 1 as a');
    peer.send(
      say.query('copy fresh to stdout'),
      say.query('select 1'),
      ...run('copy fresh to stdout'),
      ...run('select 2'),
      say.sync,
    );
    await peer.ready(3);
  },
  'COPY IN that is skipped after an error, with other messages before the Sync': async ({ peer }) => {
    peer.send(
      say.parse('bad', 'selec'),
      ...run('copy target from stdin'),
      say.parse('', 'select 1'),
      say.sync,
    );
    await peer.ready();
    peer.send(
      say.bind('', 'nowhere'),
      ...run('copy target from stdin'),
      say.copyData('1\ta\n'),
      say.copyDone,
      ...run('select 1'),
      say.sync,
    );
    await peer.ready();
    await peer.query('select count(*) from target');
  },
  'a COPY that fails, and another as libpq sends it, all at once': async ({ peer }) => {
    peer.send(say.query('copy target from stdin'), say.copyData('bad\tx\n'), say.copyDone);
    peer.send(
      ...run('copy nowhere from stdin'),
      say.sync,
      say.copyFail('no'),
      say.sync,
      say.sync,
      say.query('select 1'),
    );
    await peer.ready(5);
  },
  'Execute of the portal that a failed Query left in its block': async ({ peer }) => {
    await peer.query('begin; select 1; drop table nowhere');
    await peer.batch(say.execute());
    await peer.query('rollback');
    await peer.batch(say.execute());
  },
  'a failed block after settings, described and parsed in at once': async ({ peer }) => {
    await peer.batch(say.parse('s', 'select 1'));
    await peer.query('begin');
    peer.send(
      say.query('select go_other(); select 1/0'),
      say.describeStatement('s'),
      say.parse('other', 'select 2'),
      say.sync,
    );
    await peer.ready(2);
    await peer.query('rollback');
  },
  'VACUUM and DECLARE behind a Close, after settings': async ({ peer }) => {
    await peer.query('set search_path = public');
    await peer.batch(say.closeStatement('s'), ...run('vacuum t'));
    await peer.query('set search_path = public');
    await peer.batch(say.closePortal('p'), ...run('declare c cursor for select 1'));
  },
  'unnamed names after a Query that failed in a block': async ({ peer }) => {
    await peer.query('begin; savepoint a');
    await peer.batch(say.parse('', 'select * from t order by id'), say.bind('', ''), say.execute('', 1));
    await peer.query('selec');
    await peer.query('rollback to a');
    await peer.batch(say.execute('', 1));
    await peer.query('rollback');
  },
  'a portal run again behind an empty Query': async ({ peer }) => {
    await peer.batch(...run('begin'));
    await peer.query('');
    await peer.batch(say.execute());
    await peer.query('rollback');
  },
  'the portal that closed all others, run again': async ({ peer }) => {
    await peer.batch(...run('close all'), say.execute());
    await peer.query('begin');
    await peer.batch(say.parse('s', 'close all'), say.bind('p', 's'), say.bind('q', 's'));
    await peer.batch(say.execute('p'), say.execute('p'));
    await peer.query('rollback');
    await peer.query('begin');
    await peer.batch(say.bind('p', 's'), say.bind('q', 's'), say.execute('p'), say.execute('q'));
    await peer.query('rollback');
    await peer.batch(...run('discard all'), say.execute());
  },
  'LOCK in a pipeline, behind what ends the transaction that came before it': async ({ peer }) => {
    await peer.batch(...run('discard all'), ...run('lock t'));
    await peer.batch(...run('select 1'), ...run('lock t'));
    await peer.batch(...run('begin'), ...run('set search_path = other'), ...run('commit'), ...run('lock t'));
    await peer.batch(...run('begin'), ...run('set local search_path = public'), ...run('lock t'));
    await peer.query('rollback');
    await peer.batch(...run("set search_path = 'public'"), ...run('lock t'));
  },
  'a Sync ahead of the data of a COPY that fails, once the server reads data': async ({ peer }) => {
    peer.send(...run('copy target from stdin'), say.flush);
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.sync);
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.send(say.copyData('bad\tx\n'));
    await peer.until(BACKEND.ErrorResponse);
    peer.send(say.copyDone, say.sync, say.query('select 1'));
    await peer.until(BACKEND.CommandComplete);
    await peer.ready(1);
  },
};
