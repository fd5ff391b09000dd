/**
 * The digest of a PostgreSQL action, form `postgres/1`: SHA-256 over who, where, under which names, the exact text and
 * parameters. Approvals are bound to it, so what is in it is exactly what gives the action its meaning.
 */
import { hash } from 'node:crypto';
import { canonicalForm } from '../../domain/canonical.ts';
import type { BindMessage } from '../../protocols/postgres/frontend.ts';
import type { SessionContext } from './session-context.ts';

/** Everything of the form that a session's context fixes; made once for each version of it. */
export function canonicalContext(context: SessionContext): Uint8Array {
  const { principal, upstreamName, database } = context.identity;
  return canonicalForm('postgres/1', [
    ['principal', principal.subject],
    ['on_behalf_of', principal.onBehalfOf ?? null],
    ['issuer', principal.issuer],
    ['upstream', upstreamName],
    ['database', database],
    ['role', context.role],
    ['search_path', context.searchPath ?? null],
    ['transaction', context.transaction],
  ]);
}

export interface ActionContent {
  readonly kind: string;
  readonly text: string;
  /** Parameter type OIDs as the client gave them. */
  readonly parameterTypes: readonly number[];
  readonly bind: BindMessage | undefined;
}

/**
 * SHA-256, hex. The content is one field after the context: its parts are length-prefixed, so no two actions share a
 * form; formats and NULLs are part of it, because the same bytes in another format are another value.
 */
export function actionDigest(context: Uint8Array, content: ActionContent): string {
  const { kind, text, parameterTypes, bind } = content;
  // UTF-8 takes at most 3 bytes for a UTF-16 unit.
  let room = context.length + 4 + kind.length + 4 + 3 * text.length + 4 + 4 * parameterTypes.length + 4;
  if (bind !== undefined) {
    room += 4 + bind.parameterFormats.length + 4 + bind.resultFormats.length + 4;
    for (const value of bind.values) room += 4 + (value?.length ?? 0);
  }
  const out = room <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(room);
  out.set(context, 0);
  let offset = context.length;
  offset = out.writeUInt32BE(kind.length, offset);
  offset += out.write(kind, offset, 'latin1');
  const textBytes = out.write(text, offset + 4, 'utf8');
  offset = out.writeUInt32BE(textBytes, offset) + textBytes;
  offset = out.writeUInt32BE(parameterTypes.length, offset);
  for (const type of parameterTypes) offset = out.writeUInt32BE(type, offset);
  offset = out.writeUInt32BE(bind === undefined ? 0 : 1, offset);
  if (bind !== undefined) {
    offset = out.writeUInt32BE(bind.parameterFormats.length, offset);
    for (const format of bind.parameterFormats) out[offset++] = format;
    offset = out.writeUInt32BE(bind.resultFormats.length, offset);
    for (const format of bind.resultFormats) out[offset++] = format;
    offset = out.writeUInt32BE(bind.values.length, offset);
    for (const value of bind.values) {
      offset = out.writeUInt32BE(value === null ? 0xffff_ffff : value.length, offset);
      if (value === null) continue;
      out.set(value, offset);
      offset += value.length;
    }
  }
  return hash('sha256', out.subarray(0, offset), 'hex');
}

/** Forms are made and hashed at once, so one place serves all of them. */
const SCRATCH = Buffer.allocUnsafeSlow(65_536);
