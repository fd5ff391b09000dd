/**
 * What a client with a good token may try so that a statement is decided under one meaning and runs under another.
 * Append only: an entry's id and moves stay as they are; what turns up is added at the end, before it is fixed.
 *
 * Every entry plays on two tables of one name, `one.t` and `two.t`. What it wants is a change to a table that the
 * record of no allowed action names.
 */
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { say, type WirePeer } from '../../support/wire-peer.ts';

export interface Evasion {
  readonly id: string;
  readonly what: string;
  /** Settings of the startup packet. */
  readonly startup?: Readonly<Record<string, string>>;
  readonly play: (peer: WirePeer) => Promise<void>;
}

const UPDATE = 'UPDATE t SET n = n + 1 WHERE id = 1';
const path = (schema: string): string => `SET search_path = ${schema}`;
/** Parse, Bind and Execute of one text, unnamed. */
const run = (text: string): Buffer[] => [say.parse('', text), say.bind('', ''), say.execute()];

export const EVASIONS: readonly Evasion[] = [
  {
    id: 'ps-001',
    what: 'SQL EXECUTE of what was prepared under another search_path',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query(`PREPARE s AS ${UPDATE}`);
      await peer.query(path('two'));
      await peer.query('EXECUTE s');
    },
  },
  {
    id: 'ps-002',
    what: 'SQL EXECUTE of what Parse named under another search_path',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.batch(say.parse('s', UPDATE));
      await peer.query(path('two'));
      await peer.query('EXECUTE s');
    },
  },
  {
    id: 'ps-003',
    what: 'a search_path that the failure of its pipeline undoes, all sent at once',
    play: async (peer) => {
      await peer.query(path('one'));
      peer.send(...run(path('two')), ...run('SELECT 1/0'), say.sync, ...run(UPDATE), say.sync);
      await peer.ready(2);
    },
  },
  {
    id: 'ps-004',
    what: 'a search_path that the failure of its pipeline undoes, one pipeline after the other',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.batch(...run(path('two')), ...run('SELECT 1'), ...run('SELECT 1/0'));
      await peer.query(UPDATE);
    },
  },
  {
    id: 'ps-005',
    what: 'a search_path set in a pipeline that a later BEGIN takes into its block, and ROLLBACK undoes',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.batch(...run(path('two')), ...run('SELECT 1'), ...run('BEGIN'));
      peer.send(say.query('ROLLBACK'), say.query(UPDATE));
      await peer.ready(2);
    },
  },
  {
    id: 'ps-006',
    what: 'a text read in the encoding that a pipelined RESET brings back',
    startup: { client_encoding: 'GBK' },
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query("SET client_encoding = 'UTF8'");
      peer.send(say.query('RESET client_encoding'), say.query(`SELECT E'表\\'; ${UPDATE}; --'`));
      await peer.ready(2);
    },
  },
  {
    id: 'ps-007',
    what: 'a text read in the encoding that a pipelined failure brings back',
    startup: { client_encoding: 'GBK' },
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query('BEGIN');
      await peer.query("SET client_encoding = 'UTF8'");
      peer.send(say.query('SELECT 1/0'), say.query(`ROLLBACK; SELECT E'表\\'; ${UPDATE}; --'`));
      await peer.ready(2);
    },
  },
  {
    id: 'ps-008',
    what: 'a portal of COPY, whose table is looked up when it is executed, run under another search_path',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query('BEGIN');
      await peer.batch(say.parse('c', 'COPY t (id, n) FROM STDIN'), say.bind('p', 'c'));
      await peer.query(path('two'));
      peer.send(say.execute('p'), say.copyData('2\t1\n'), say.copyDone, say.sync);
      await peer.ready();
      await peer.query('COMMIT');
    },
  },
  {
    id: 'ps-009',
    what: 'a portal of COPY executed behind a SET in one pipeline',
    play: async (peer) => {
      await peer.query(path('one'));
      peer.send(
        say.parse('c', 'COPY t (id, n) FROM STDIN'),
        say.bind('p', 'c'),
        say.parse('s', path('two')),
        say.bind('q', 's'),
        say.execute('q'),
        say.execute('p'),
        say.copyData('2\t1\n'),
        say.copyDone,
        say.sync,
      );
      await peer.ready();
    },
  },
  {
    id: 'ps-010',
    what: 'a Bind of what was parsed under another search_path, behind a SET in one pipeline',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.batch(say.parse('s', UPDATE));
      peer.send(...run(path('two')), say.bind('', 's'), say.execute(), say.sync);
      await peer.ready();
    },
  },
  {
    id: 'ps-011',
    what: 'a portal that is run by FETCH, not by Execute',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query('BEGIN');
      await peer.batch(say.parse('s', `${UPDATE} RETURNING id`), say.bind('p', 's'));
      await peer.query('FETCH ALL FROM p');
      await peer.query('COMMIT');
    },
  },
  {
    id: 'ps-012',
    what: 'a portal whose name SQL has given to a cursor since',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query('BEGIN');
      await peer.batch(say.parse('s', `${UPDATE} RETURNING id`), say.bind('p', 's'));
      await peer.query('CLOSE p');
      await peer.query('DECLARE p CURSOR FOR SELECT 1');
      await peer.batch(say.execute('p'));
      await peer.query('COMMIT');
    },
  },
  {
    id: 'ps-013',
    what: 'a search_path that ROLLBACK TO undoes, behind an error, all sent at once',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query('BEGIN; SAVEPOINT s');
      await peer.query(path('two'));
      peer.send(say.query('SELECT 1/0'), say.query('ROLLBACK TO s'), say.query(UPDATE), say.query('COMMIT'));
      await peer.ready(4);
    },
  },
  {
    id: 'ps-014',
    what: 'a search_path that set_config sets in the same text',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.query(`SELECT set_config('search_path', 'two', false); ${UPDATE}`);
      await peer.query(
        `DECLARE c CURSOR WITH HOLD FOR SELECT set_config('search_path', 'two', false); MOVE c; ${UPDATE}`,
      );
    },
  },
  {
    id: 'ps-015',
    what: 'SET LOCAL in a block that ends in the same burst',
    play: async (peer) => {
      await peer.query(path('one'));
      peer.send(
        say.query('BEGIN'),
        say.query('SET LOCAL search_path = two'),
        say.query('COMMIT'),
        say.query(UPDATE),
      );
      await peer.ready(4);
    },
  },
  {
    id: 'ps-016',
    what: 'statements named as the gate names its own questions',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.batch(
        say.parse('gatehouse_probe', "SELECT 'one'"),
        say.parse('gatehouse_denied', 'SELECT 1'),
      );
      await peer.query(path('two'));
      await peer.query(UPDATE);
      await peer.batch(...run('DROP TABLE t'));
      await peer.query(UPDATE);
    },
  },
  {
    id: 'ps-017',
    what: 'a DDL that moves the name between the description and the use, all sent at once',
    play: async (peer) => {
      await peer.query('SET search_path = one, two');
      peer.send(
        say.query('ALTER TABLE one.t RENAME TO gone'),
        say.query(UPDATE),
        say.query('ALTER TABLE one.gone RENAME TO t'),
      );
      await peer.ready(3);
    },
  },
  {
    id: 'ps-018',
    what: 'a Close and a new Parse of a name that the server skips after an error',
    play: async (peer) => {
      await peer.query(path('one'));
      await peer.batch(say.parse('s', 'UPDATE two.t SET n = n + 1 WHERE id = 1'));
      peer.send(
        ...run('SELECT 1/0'),
        say.closeStatement('s'),
        say.parse('s', UPDATE),
        say.sync,
        say.bind('', 's'),
        say.execute(),
        say.sync,
      );
      await peer.ready(2);
    },
  },
  {
    id: 'ps-019',
    what: 'data of a COPY that the server has refused, and a Query behind it',
    play: async (peer) => {
      await peer.query(path('one'));
      peer.send(
        say.query("COPY t (id, n) FROM STDIN (FORMAT csv, DELIMITER 'xx')"),
        say.copyData('2,1\n'),
        say.copyDone,
        say.query(UPDATE),
      );
      await peer.until(BACKEND.ReadyForQuery, 2);
    },
  },
];
