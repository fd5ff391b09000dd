/** The simple protocol and transactions. */
import { say } from '../../support/wire-peer.ts';
import type { Scripts } from './script.ts';

export const simpleScripts: Scripts = {
  'several statements in one Query': async ({ peer }) => {
    await peer.query(
      "select 1 as a; select 'x' as b, null as c; insert into target values (1, 'one'); select count(*) from target",
    );
  },
  'an empty query, and one of comments and semicolons only': async ({ peer }) => {
    await peer.query('');
    await peer.query('  \n ');
    await peer.query('-- nothing\n/* nothing /* at all */ */');
    await peer.query(';;; ;');
    await peer.query('; select 1 ;; select 2 ;');
  },
  'an error within a string of statements': async ({ peer }) => {
    await peer.query('insert into target values (1); select 1/0; insert into target values (2)');
    await peer.query('select count(*) from target');
    await peer.query('select 1; selec 2; select 3');
    await peer.query('select 1; select * from nowhere; select 3');
    await peer.query('select 1');
  },
  'text that no parser takes': async ({ peer }) => {
    await peer.query("select 'unterminated");
    await peer.query('select "unterminated');
    await peer.query('select /* unterminated');
    await peer.query('select $$unterminated');
    await peer.query(')');
    await peer.query('select 1 +');
  },
  'names and values beyond ASCII': async ({ peer }) => {
    await peer.query(
      `create table "tøbel" ("ključ" text); insert into "tøbel" values ('žluťoučký 🐎'); select * from "tøbel"`,
    );
    await peer.query(`select "näo" from "tøbel"`);
  },
  'a transaction block, failed and rolled back to a savepoint': async ({ peer }) => {
    await peer.query('begin');
    await peer.query("insert into target values (1, 'kept')");
    await peer.query('savepoint s');
    await peer.query('select 1/0');
    await peer.query('select 1');
    await peer.query('rollback to s');
    await peer.query("insert into target values (2, 'kept too')");
    await peer.query('commit');
    await peer.query('select * from target');
  },
  'a commit of a failed block, and ends without a block': async ({ peer }) => {
    await peer.query('begin');
    await peer.query('select 1/0');
    await peer.query('commit');
    await peer.query('commit');
    await peer.query('rollback');
    await peer.query('begin; begin');
    await peer.query('end');
  },
  'COMMIT AND CHAIN and ROLLBACK AND CHAIN': async ({ peer }) => {
    await peer.query('begin isolation level repeatable read');
    await peer.query('commit and chain');
    await peer.query('show transaction_isolation');
    await peer.query('rollback and chain');
    await peer.query('show transaction_isolation');
    await peer.query('rollback');
  },
  'a block opened and closed within one Query': async ({ peer }) => {
    await peer.query('begin; insert into target values (1); commit; select count(*) from target');
    await peer.query('begin; select 1');
    await peer.query('select 2; rollback; select 3');
    await peer.query('insert into target values (2); rollback; select count(*) from target');
  },
  'settings made first in a block, then its isolation level': async ({ peer }) => {
    await peer.query('begin');
    await peer.query('set local search_path = other');
    await peer.query('set transaction isolation level serializable');
    await peer.query('select * from t');
    await peer.query('commit');
    await peer.query('select count(*) from t');
  },
  'a deferred constraint that fails at the commit': async ({ peer }) => {
    await peer.query('insert into child values (7)');
    await peer.query('begin; insert into child values (7)');
    await peer.query('commit');
    await peer.query('insert into child values (7); select 1');
  },
  'notices and warnings': async ({ peer }) => {
    await peer.query("select tell('a'), tell('b')");
    await peer.query('drop table if exists nowhere; drop table if exists neither');
    await peer.query("set client_min_messages = 'debug1'; select tell('c')");
  },
  cursors: async ({ peer }) => {
    await peer.query('begin; declare c scroll cursor for select * from t order by id');
    await peer.query('fetch 3 from c; move 2 in c; fetch backward 1 from c');
    await peer.query('close c');
    await peer.query('fetch 1 from c');
    await peer.query('rollback');
    await peer.query('declare h cursor with hold for select 1');
    await peer.query('fetch all from h; close all');
  },
  'PREPARE, EXECUTE and DEALLOCATE': async ({ peer }) => {
    await peer.query('prepare p(int) as select * from t where id = $1');
    await peer.query('execute p(3); execute p(4)');
    await peer.query('prepare p as select 1');
    await peer.query('execute p(5)');
    await peer.query('deallocate p; execute p(1)');
    await peer.query('prepare p as select 2');
    await peer.query('execute p');
    await peer.query('deallocate all');
    await peer.query('execute p');
  },
  'statements that answer in their own way': async ({ peer }) => {
    await peer.query('explain (costs off) select * from t where id = 1');
    await peer.query('explain (costs off, timing off, summary off, analyze, buffers off) select 1');
    await peer.query('show work_mem; reset all');
    await peer.query('vacuum t');
    await peer.query('select 1; vacuum t');
    await peer.query('do $$ begin raise notice $n$in a block$n$; end $$');
    await peer.query(
      'create temporary table mine (a int); insert into mine values (1) returning a; table mine',
    );
    await peer.query('lock table t; discard temp');
    await peer.query('values (1, 2), (3, 4); table t limit 1; with w as (select 1) select * from w');
    await peer.query(
      'create materialized view mv as select 1 as a; refresh materialized view mv; drop materialized view mv',
    );
    await peer.query('select 1 as x into made; select * from made; drop table made');
    await peer.query(
      'update t set name = upper(name) where id < 3 returning *; delete from t where id > 18; merge into t using (values (1)) v(i) on t.id = v.i when matched then delete',
    );
  },
  'many Querys sent at once': async ({ peer }) => {
    const texts = Array.from({ length: 200 }, (_, index) =>
      index % 7 === 3 ? 'select 1/0' : `select ${index}`,
    );
    peer.send(...texts.map(say.query));
    await peer.ready(texts.length);
  },
  'blocks opened, failed and ended in Querys sent at once': async ({ peer }) => {
    const texts = [
      'begin',
      'select 1/0',
      'select 1',
      'rollback',
      'begin',
      'insert into target values (1)',
      'commit',
      'select * from target',
      'set search_path = other',
      'select * from t',
      'reset search_path',
      'select count(*) from t',
    ];
    peer.send(...texts.map(say.query));
    await peer.ready(texts.length);
  },
  'a value of 64 MB, and many rows': async ({ peer }) => {
    await peer.query("select repeat('x', 64 * 1024 * 1024)");
    await peer.query('select g, repeat(chr(65 + g % 26), 1000) from generate_series(1, 2000) g');
  },
  'a statement of 1 MB and one beyond the parser': async ({ peer }) => {
    await peer.query(`select length('${'y'.repeat(1_000_000)}')`);
    await peer.query(`select length('${'y'.repeat(3_000_000)}')`);
    await peer.query(`select length('${'y'.repeat(2_000_000)}'); select 2; select 3`);
    await peer.query('select 1');
  },
};
