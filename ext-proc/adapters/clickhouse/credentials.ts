/**
 * How the gate names itself to ClickHouse: in ClickHouse's own headers, which is all that the embedded one takes, and
 * which no other way can override. Only what a header cannot hold goes as Authorization.
 */
import type { ClickHouseClientConfigOptions } from '@clickhouse/client';
import { revealSecret, type Secret } from '../../domain/secret.ts';

export interface ClickHouseCredentials {
  readonly user?: string | undefined;
  readonly password?: Secret<string> | undefined;
}

/** The part of the client's options that is about who it is. Without a user the server's own default holds. */
export function credentialOptions({ user, password }: ClickHouseCredentials): ClickHouseClientConfigOptions {
  const key = password === undefined ? '' : revealSecret(password);
  if (user === undefined && key === '') return {};
  const name = user ?? 'default';
  if (!isHeaderText(name) || !isHeaderText(key)) return { username: name, password: key };
  return {
    set_basic_auth_header: false,
    http_headers: { 'X-ClickHouse-User': name, 'X-ClickHouse-Key': key },
  };
}

/** Printable ASCII, and no space at an end, where it would be taken away. */
const isHeaderText = (text: string): boolean => /^[\x20-\x7e]*$/.test(text) && text.trim() === text;
