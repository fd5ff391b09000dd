/** Settings, other sessions, and every way in which a session ends. */
import { BACKEND } from '../../../ext-proc/protocols/postgres/message-types.ts';
import { say } from '../../support/wire-peer.ts';
import type { Scripts } from './script.ts';

export const sessionScripts: Scripts = {
  'search_path and role, then unqualified names': async ({ peer }) => {
    await peer.query('set search_path = other, public');
    await peer.query('select * from t');
    await peer.query('set search_path to default; select count(*) from t');
    await peer.query('set role pg_monitor; select current_user, session_user');
    await peer.query('select * from t');
    await peer.query('reset role');
    await peer.query('begin; set local search_path = other');
    await peer.query('select * from t');
    await peer.query('rollback');
    await peer.query('select count(*) from t');
    await peer.query('set session authorization pg_monitor');
    await peer.query('select current_user');
    await peer.query('reset session authorization');
  },
  'settings changed by functions, and within a pipeline': async ({ peer }) => {
    await peer.query("select set_config('search_path', 'other', false)");
    await peer.query('select * from t');
    await peer.query('reset search_path; select go_other(); select * from t');
    await peer.query('select * from t');
    await peer.query('reset search_path');
    const run = (text: string): Buffer[] => [say.parse('', text), say.bind('', ''), say.execute()];
    await peer.batch(
      ...run('set search_path = other'),
      ...run('select * from t'),
      ...run('reset search_path'),
      ...run('select count(*) from t'),
    );
    await peer.batch(
      ...run('set search_path = nowhere'),
      ...run('select * from t'),
      ...run('reset search_path'),
    );
    await peer.query('select 1');
  },
  'settings that the server reports': async ({ peer }) => {
    await peer.query("set timezone = 'Asia/Tokyo'; set datestyle = 'german'; set application_name = 'mine'");
    await peer.query("set client_encoding = 'latin1'");
    await peer.query('select chr(228)');
    await peer.query('reset client_encoding');
    await peer.query('set standard_conforming_strings = off');
    await peer.query("select 'plain'");
    await peer.query('reset all');
    await peer.query("begin; set timezone = 'UTC'");
    await peer.query('rollback');
  },
  'LISTEN and NOTIFY across two sessions': async ({ peer, another }) => {
    await peer.query('listen news; listen "other news"');
    const teller = await another();
    await teller.query("notify news, 'first'");
    await peer.until(BACKEND.NotificationResponse);
    await teller.query('begin; notify news, \'second\'; notify "other news"; commit');
    await peer.until(BACKEND.NotificationResponse, 2);
    await peer.query("notify news, 'own'");
    await peer.query('unlisten *');
    await teller.query("notify news, 'unheard'");
    await peer.query('select 1');
  },
  'Terminate at once, and within a transaction': async ({ peer, another }) => {
    await peer.query('begin; insert into target values (1)');
    await peer.close();
    const next = await another();
    await next.query('select count(*) from target');
    next.send(say.query('select 1'), say.terminate);
    await next.toEnd();
  },
  'a client that ends its side after a Query': async ({ peer }) => {
    peer.send(say.query("select pg_sleep(0.2); select 'still told'"));
    peer.fin();
    await peer.toEnd();
  },
  'a client that ends its side after a pipeline, and one after nothing': async ({ peer, another }) => {
    peer.send(say.parse('', 'select 1'), say.bind('', ''), say.execute(), say.sync);
    peer.fin();
    await peer.toEnd();
    const next = await another();
    next.fin();
    await next.toEnd();
  },
  'a client that ends its side within a message': async ({ peer, another }) => {
    await peer.query('select 1');
    peer.client.socket.write(say.query('select 2').subarray(0, 9));
    peer.fin();
    await peer.toEnd();
    const next = await another();
    next.send(say.query('copy target from stdin'), say.copyData('1\ta\n'));
    next.fin();
    await next.toEnd();
  },
  'a backend terminated while idle and while working': async ({ peer, another, admin, backendPid }) => {
    const pid = await backendPid();
    const other = await admin();
    await other.query(`select pg_terminate_backend(${pid})`);
    await peer.toEnd();
    const next = await another();
    next.send(say.query('select pg_terminate_backend(pg_backend_pid()); select 1'));
    await next.toEnd();
    await other.close();
  },
  'a query cancelled by a timeout': async ({ peer }) => {
    await peer.query("set statement_timeout = '100ms'");
    await peer.query('select pg_sleep(5)');
    await peer.batch(say.parse('', 'select pg_sleep(5)'), say.bind('', ''), say.execute());
    await peer.query('select 1');
  },
  'a query cancelled by another session': async ({ peer, admin, backendPid }) => {
    const pid = await backendPid();
    const other = await admin();
    peer.send(say.query('select 1; select pg_sleep(10); select 2'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.query(`select pg_cancel_backend(${pid})`);
    await peer.ready();
    await peer.query('select 3');
    await other.close();
  },
  'idle in a transaction for too long': async ({ peer }) => {
    await peer.query("set idle_in_transaction_session_timeout = '100ms'; begin");
    await peer.toEnd();
  },
};
