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
  const { bind } = content;
  const text = Buffer.from(content.text, 'utf8');
  let size =
    context.length + 4 + content.kind.length + 4 + text.length + 4 + 4 * content.parameterTypes.length + 4;
  if (bind !== undefined) {
    size += 4 + bind.parameterFormats.length + 4 + bind.resultFormats.length + 4;
    for (const value of bind.values) size += 4 + (value?.length ?? 0);
  }
  const out = Buffer.allocUnsafe(size);
  out.set(context, 0);
  let offset = context.length;
  offset = out.writeUInt32BE(content.kind.length, offset);
  offset += out.write(content.kind, offset, 'latin1');
  offset = out.writeUInt32BE(text.length, offset);
  offset += text.copy(out, offset);
  offset = out.writeUInt32BE(content.parameterTypes.length, offset);
  for (const type of content.parameterTypes) offset = out.writeUInt32BE(type, offset);
  offset = out.writeUInt32BE(bind === undefined ? 0 : 1, offset);
  if (bind !== undefined) {
    offset = out.writeUInt32BE(bind.parameterFormats.length, offset);
    for (const format of bind.parameterFormats) offset = out.writeUInt8(format, offset);
    offset = out.writeUInt32BE(bind.resultFormats.length, offset);
    for (const format of bind.resultFormats) offset = out.writeUInt8(format, offset);
    offset = out.writeUInt32BE(bind.values.length, offset);
    for (const value of bind.values) {
      offset = out.writeUInt32BE(value === null ? 0xffff_ffff : value.length, offset);
      if (value !== null) offset += value.copy(out, offset);
    }
  }
  return hash('sha256', out, 'hex');
}
