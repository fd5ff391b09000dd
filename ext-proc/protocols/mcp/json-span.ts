/**
 * Where members and elements lie in a JSON text, so that some can be cut out while all other bytes stay as they are.
 * Works on texts that JSON.parse takes: it finds, it does not check.
 */

export interface JsonMember {
  readonly name: string;
  /** Of the value; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

/** Replaces `start` to `end`; of an insertion both are the same. */
export interface JsonEdit extends JsonSpan {
  readonly bytes: Buffer | string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Past white space. */
export function skipSpace(json: Buffer, at: number): number {
  let next = at;
  for (
    let byte = json[next];
    byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
    byte = json[next]
  ) {
    next++;
  }
  return next;
}

/** The members of the object whose brace is at `at`. */
export function objectMembers(json: Buffer, at: number): readonly JsonMember[] {
  const members: JsonMember[] = [];
  let next = skipSpace(json, at + 1);
  while (next < json.length && json[next] !== CLOSE_OBJECT) {
    const nameEnd = valueEnd(json, next);
    const name = JSON.parse(json.toString('utf8', next, nameEnd)) as string;
    // The colon has one byte.
    const start = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const end = valueEnd(json, start);
    members.push({ name, start, end });
    next = skipSpace(json, end);
    if (json[next] === COMMA) next = skipSpace(json, next + 1);
  }
  return members;
}

/** The elements of the array whose bracket is at `at`. */
export function arrayElements(json: Buffer, at: number): readonly JsonSpan[] {
  const elements: JsonSpan[] = [];
  let next = skipSpace(json, at + 1);
  while (next < json.length && json[next] !== CLOSE_ARRAY) {
    const end = valueEnd(json, next);
    elements.push({ start: next, end });
    next = skipSpace(json, end);
    if (json[next] === COMMA) next = skipSpace(json, next + 1);
  }
  return elements;
}

/** The text with its edits made; they are apart from each other. */
export function withEdits(json: Buffer, edits: readonly JsonEdit[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, bytes } of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(json.subarray(from, start), typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    from = end;
  }
  return edits.length === 0 ? json : Buffer.concat([...parts, json.subarray(from)]);
}

/** The end of the value that begins at `at`. */
function valueEnd(json: Buffer, at: number): number {
  const first = json[at];
  if (first === QUOTE) return stringEnd(json, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return scalarEnd(json, at);
  let depth = 0;
  for (let next = at; next < json.length; next++) {
    const byte = json[next];
    if (byte === QUOTE) next = stringEnd(json, next) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return next + 1;
  }
  return json.length;
}

function stringEnd(json: Buffer, at: number): number {
  let next = at + 1;
  while (next < json.length && json[next] !== QUOTE) next += json[next] === BACKSLASH ? 2 : 1;
  return Math.min(next + 1, json.length);
}

function scalarEnd(json: Buffer, at: number): number {
  let next = at;
  for (; next < json.length; next++) {
    const byte = json[next] as number;
    if (byte <= 0x20 || byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) break;
  }
  return next;
}
