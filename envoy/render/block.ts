/**
 * A block of Envoy configuration as a plain object, with a remark that the YAML carries above it. Owns how remarks
 * are kept (beside the object, so that the object is exactly what Envoy reads) and how a block becomes YAML.
 */
import type { Node, Pair } from 'yaml';
import { Document, isMap, isSeq, Scalar } from 'yaml';

export type EnvoyValue = string | number | boolean | readonly EnvoyValue[] | EnvoyBlock;
export interface EnvoyBlock {
  readonly [key: string]: EnvoyValue | undefined;
}

const remarks = new WeakMap<object, string>();
const keyRemarks = new WeakMap<object, Readonly<Record<string, string>>>();

/** The block, with a remark that says what it is for. */
export function remarked<T extends object>(remark: string, block: T): T {
  remarks.set(block, remark);
  return block;
}

/** The block, with remarks on some of its keys. */
export function keysRemarked<T extends EnvoyBlock>(
  byKey: Partial<Record<keyof T & string, string>>,
  block: T,
): T {
  keyRemarks.set(block, byKey as Record<string, string>);
  return block;
}

/** An extension's configuration: Envoy finds the extension by the type of what configures it. */
export const extension = (name: string, type: string, config: EnvoyBlock = {}): EnvoyBlock => ({
  name,
  typed_config: typed(type, config),
});

/** The same where only the configuration is wanted. Remarks on `config` are kept. */
export function typed(type: string, config: EnvoyBlock): EnvoyBlock {
  const block: EnvoyBlock = { '@type': `type.googleapis.com/${type}`, ...config };
  const byKey = keyRemarks.get(config);
  if (byKey !== undefined) keyRemarks.set(block, byKey);
  return block;
}

/** A duration in protobuf's JSON form, from milliseconds. */
export const seconds = (ms: number): string => `${ms / 1_000}s`;

/** YAML with the remarks as comments. `header` comes first. */
export function formatBlock(block: EnvoyBlock, header: string): string {
  const document = new Document(block, { aliasDuplicateObjects: false });
  annotate(document.contents as Node, block);
  document.commentBefore = asComment(header);
  return document.toString({ lineWidth: 0, singleQuote: true });
}

function annotate(node: Node | null, value: unknown): void {
  if (typeof value !== 'object' || value === null || node === null) return;
  if (isSeq(node)) {
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      const child = node.items[index] as Node;
      annotate(child, item);
      comment(child, remarks.get(item as object));
    }
    return;
  }
  if (!isMap(node)) return;
  const own = keyRemarks.get(value);
  for (const pair of node.items as Pair<Scalar, Node | null>[]) {
    const key = String(pair.key.value);
    const child = (value as EnvoyBlock)[key];
    annotate(pair.value, child);
    comment(pair.key, own?.[key] ?? (typeof child === 'object' ? remarks.get(child) : undefined));
  }
}

function comment(node: Node, remark: string | undefined): void {
  if (remark !== undefined) node.commentBefore = asComment(remark);
}

const LINE_WIDTH = 96;

/** Wrapped to lines, each with a space in front: the YAML library adds the #. */
function asComment(text: string): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line.length + word.length + 1 > LINE_WIDTH) {
        lines.push(line);
        line = '';
      }
      line += ` ${word}`;
    }
    lines.push(line);
  }
  return lines.join('\n');
}
