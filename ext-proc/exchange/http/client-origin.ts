/** The gate as a client calls it, for links that lead back to it. */
import { fieldValue, type HeaderFields } from '../../protocols/http/header-fields.ts';
import type { RequestAttributes } from './http-wire.ts';

const HOST = /^[a-z0-9.:[\]-]{1,255}$/i;

/** `https://host:port`; undefined where the client's host is not in form. */
export function clientOrigin({ scheme }: RequestAttributes, fields: HeaderFields): string | undefined {
  const host = fieldValue(fields, ':authority') ?? '';
  if (!HOST.test(host)) return undefined;
  return `${scheme === 'http' ? 'http' : 'https'}://${host.toLowerCase()}`;
}
