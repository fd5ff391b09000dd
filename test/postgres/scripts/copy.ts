/** COPY in every protocol and form. */
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { say } from '../../support/wire-peer.ts';
import type { Scripts } from './script.ts';

/** Header, one row (id 7, name 'seven'), trailer. */
const BINARY = Buffer.concat([
  Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
  Buffer.alloc(8),
  Buffer.from([0, 2, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 5]),
  Buffer.from('seven'),
  Buffer.from([0xff, 0xff]),
]);

export const copyScripts: Scripts = {
  'COPY IN as text, csv and binary': async ({ peer }) => {
    peer.send(say.query('copy target from stdin'));
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('1\ta\n2\t'), say.copyData('b\n'), say.copyDone);
    await peer.ready();
    peer.send(
      say.query('copy target from stdin with (format csv, header)'),
      say.copyData('id,name\n3,"c, d"\n'),
      say.copyDone,
    );
    await peer.ready();
    peer.send(say.query('copy target from stdin binary'), say.copyData(BINARY), say.copyDone);
    await peer.ready();
    await peer.query('select * from target');
  },
  'COPY IN amid other statements, and two in one Query': async ({ peer }) => {
    peer.send(
      say.query('select 1; copy target from stdin; select count(*) from target'),
      say.copyData('1\ta\n'),
      say.copyDone,
    );
    await peer.ready();
    peer.send(say.query('copy target from stdin; copy target from stdin'));
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('2\tb\n'), say.copyDone);
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('3\tc\n'), say.copyDone);
    await peer.ready();
    await peer.query('select * from target');
  },
  'COPY errors and CopyFail': async ({ peer }) => {
    peer.send(
      say.query('copy target from stdin'),
      say.copyData('1\ta\nnot a number\tb\n'),
      say.copyData('2\tc\n'),
      say.copyDone,
    );
    await peer.ready();
    peer.send(say.query('copy target from stdin'), say.copyData('1\ta\n'), say.copyFail('had enough'));
    await peer.ready();
    peer.send(say.query('copy nowhere from stdin'), say.copyData('1\ta\n'), say.copyDone);
    await peer.ready();
    peer.send(say.query('select 1/0; copy target from stdin'), say.copyData('1\ta\n'), say.copyDone);
    await peer.ready();
    await peer.query('select * from target');
  },
  'CopyData out of place': async ({ peer }) => {
    peer.send(
      say.copyData('nothing asked for this'),
      say.copyDone,
      say.copyFail('nor this'),
      say.query('select 1'),
    );
    await peer.ready();
    peer.send(say.copyData('x'), say.sync);
    await peer.ready();
  },
  'COPY IN by messages, the Sync at the end': async ({ peer }) => {
    peer.send(
      say.parse('', 'copy target from stdin'),
      say.bind('', ''),
      say.execute(),
      say.copyData('1\ta\n'),
      say.copyDone,
      say.sync,
    );
    await peer.ready();
    await peer.query('select * from target');
  },
  'COPY IN by messages as libpq sends it, a Sync before the data': async ({ peer }) => {
    peer.send(
      say.parse('', 'copy target from stdin'),
      say.bind('', ''),
      say.describePortal(),
      say.execute(),
      say.sync,
    );
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('1\ta\n'), say.copyDone, say.sync);
    await peer.ready();
    peer.send(say.parse('', 'copy target from stdin'), say.bind('', ''), say.execute(), say.sync);
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyFail('no'), say.sync);
    await peer.ready();
    peer.send(say.parse('', 'copy nowhere from stdin'), say.bind('', ''), say.execute(), say.sync);
    await peer.ready();
    await peer.batch(say.parse('', 'select 1'), say.bind('', ''), say.execute());
    await peer.query('select * from target');
  },
  'COPY IN by messages that fails amid the data': async ({ peer }) => {
    peer.send(say.parse('', 'copy target from stdin'), say.bind('', ''), say.execute(), say.flush);
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('1\ta\nbad\tb\n'));
    await peer.until(BACKEND.ErrorResponse);
    peer.send(say.copyData('2\tb\n'), say.copyDone, say.sync);
    await peer.ready();
    await peer.query('select * from target');
  },
  'Sync and Flush amid the data': async ({ peer }) => {
    peer.send(say.query('copy target from stdin'));
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('1\ta\n'), say.sync, say.flush, say.copyData('2\tb\n'), say.copyDone);
    await peer.ready();
    await peer.query('select * from target');
    peer.send(say.parse('', 'copy target from stdin'), say.bind('', ''), say.execute(), say.flush);
    await peer.until(BACKEND.CopyInResponse);
    peer.send(say.copyData('3\tc\n'), say.sync, say.copyData('4\td\n'), say.copyDone, say.sync);
    await peer.ready();
    await peer.query('select * from target');
  },
  'COPY IN with everything sent ahead': async ({ peer }) => {
    peer.send(
      ...[1, 2, 3].flatMap((id) => [
        say.query('copy target from stdin'),
        say.copyData(`${id}\tahead\n`),
        say.copyDone,
      ]),
      say.query('select * from target'),
    );
    await peer.ready(4);
  },
  'COPY OUT in every form': async ({ peer }) => {
    await peer.query('copy t to stdout');
    await peer.query('copy (select id, name from t where id < 3) to stdout with (format csv, header)');
    await peer.query('copy t to stdout binary; select 1');
    await peer.query('copy (select 1/(id - 5) from t) to stdout');
    await peer.batch(
      say.parse('', 'copy t to stdout'),
      say.bind('', ''),
      say.describePortal(),
      say.execute(),
    );
  },
  'a large COPY in both directions': async ({ peer }) => {
    const rows = Array.from({ length: 200 }, (_, index) => `${index}\t${'r'.repeat(1000)}\n`).join('');
    peer.send(
      say.query('copy target from stdin'),
      ...Array.from({ length: 40 }, () => say.copyData(rows)),
      say.copyDone,
    );
    await peer.ready();
    await peer.query('select count(*), sum(length(name)) from target');
    await peer.query('copy target to stdout');
  },
};
