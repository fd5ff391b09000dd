/** What a script may use: its own session, and further ones on the same side. */
import type { WirePeer } from '../../support/wire-peer.ts';

export interface Stage {
  readonly peer: WirePeer;
  /** Another session on the same side. Its transcript is compared too. */
  another(): Promise<WirePeer>;
  /** A superuser's session straight to the server, never compared. */
  admin(): Promise<WirePeer>;
  /** Of the session's own backend. */
  backendPid(): Promise<number>;
}

export type Script = (stage: Stage) => Promise<void>;
export type Scripts = Readonly<Record<string, Script>>;

/** Both sides start from this. `big` is large enough for partial fetches and slow enough for cancels. */
export const FIXTURE = `
DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;
DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other;
CREATE TABLE t (id int PRIMARY KEY, name text);
INSERT INTO t SELECT g, 'name ' || g FROM generate_series(1, 20) g;
CREATE TABLE other.t (id int, name text); INSERT INTO other.t VALUES (1, 'the other');
CREATE TABLE target (id int, name text);
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION go_other() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'other', false); END $$;
CREATE FUNCTION tell(what text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'told: %', what; RETURN what; END $$;
`;
