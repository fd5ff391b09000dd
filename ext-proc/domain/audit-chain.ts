/**
 * The journal's hash chain: pure functions over lines of text. Owns how one line is bound to the one before it and
 * how a run of lines is proven unchanged offline; refuses to know files.
 *
 * A line is one JSON object that begins with `"seq"` and ends with `"hash"`:
 *
 *     {"seq":7,"type":"decided", … ,"hash":"<64 hex digits>"}
 *
 * `hash` is SHA-256 (FIPS 180-4) over the previous line's `hash` (64 ASCII characters) followed by the UTF-8 bytes of
 * the line up to, not including, `,"hash":"`. The first line of a chain follows GENESIS_HASH, and names the worker and
 * a random chain id, so two chains never share a hash. `seq` rises by one a line through all segments of a chain.
 *
 * Who can write the files could forge a whole chain anew: that is what the anchors shipped to ClickHouse are for.
 */
import { hash as digest } from 'node:crypto';

/** What the first line of a chain follows. */
export const GENESIS_HASH = '0'.repeat(64);

const HASH_KEY = ',"hash":"';
const SUFFIX_LENGTH = HASH_KEY.length + 64 + 2;
const SEQ = /^\{"seq":(\d{1,16}),/;

/** A place in a chain: a line's number and its hash. */
export interface ChainPoint {
  readonly seq: number;
  readonly hash: string;
}

/** The hash of a line whose text before `,"hash":"` is `body`. */
export function lineHash(previousHash: string, body: string): string {
  return digest('sha256', previousHash + body, 'hex');
}

/** A line's body from its members (JSON text without braces), as `lineHash` and `sealLine` take it. */
export function lineBody(seq: number, members: string): string {
  return '{"seq":' + seq + ',' + members;
}

/** The finished line, newline included. */
export function sealLine(body: string, hash: string): string {
  return body + HASH_KEY + hash + '"}\n';
}

/** Room that `writeLine` needs for a body of so many UTF-16 units. */
export const lineBytesMax = (bodyChars: number): number =>
  GENESIS_HASH.length + 3 * bodyChars + SUFFIX_LENGTH + 1;

/**
 * `lineHash` and `sealLine` in one, as bytes: writes the finished line into `out` at `at`, where `lineBytesMax` of
 * room is. The text is encoded once, and the hash is taken of what is written.
 */
export function writeLine(out: Buffer, at: number, previousHash: string, body: string): ChainLine {
  // What is hashed must be in one piece; the line goes where the hash of the one before it stood.
  const from = at + out.write(previousHash, at, 'latin1');
  const end = from + out.write(body, from, 'utf8');
  const hash = digest('sha256', out.subarray(at, end), 'hex');
  out.copyWithin(at, from, end);
  const suffix = end - from + at;
  return { hash, end: suffix + out.write(HASH_KEY + hash + '"}\n', suffix, 'latin1') };
}

/** A line as it was written. */
export interface ChainLine {
  readonly hash: string;
  /** The offset behind it. */
  readonly end: number;
}

/** A line taken apart. */
export interface OpenedLine extends ChainPoint {
  /** The line up to, not including, `,"hash":"`. */
  readonly body: string;
}

/** Takes a line (without newline) apart; undefined where it has not the form of one. The hash is not judged. */
export function openLine(line: string): OpenedLine | undefined {
  const bodyLength = line.length - SUFFIX_LENGTH;
  if (bodyLength <= 0 || !line.startsWith(HASH_KEY, bodyLength) || !line.endsWith('"}')) return undefined;
  const seq = SEQ.exec(line)?.[1];
  if (seq === undefined) return undefined;
  return {
    seq: Number(seq),
    hash: line.slice(bodyLength + HASH_KEY.length, -2),
    body: line.slice(0, bodyLength),
  };
}

/** Why a line does not follow the one before it. */
export type ChainProblem = 'malformed_line' | 'sequence_gap' | 'hash_mismatch';

/**
 * Checks lines one after another. After a broken line it goes on from what that line says of itself, so one change is
 * reported where it is and not on every later line.
 */
export interface ChainVerifier {
  /** The last line read, as it says of itself. Undefined before the first where no start was given. */
  readonly point: ChainPoint | undefined;
  /** The line that was checked last; undefined where it was malformed. */
  readonly opened: OpenedLine | undefined;
  /** `line` without its newline; undefined where it follows. */
  check(line: string): ChainProblem | undefined;
}

/** `start` is the point the first line must follow; undefined accepts any first line that is in form. */
export function createChainVerifier(start: ChainPoint | undefined): ChainVerifier {
  let point = start;
  let opened: OpenedLine | undefined;
  return {
    get point() {
      return point;
    },
    get opened() {
      return opened;
    },
    check(line) {
      opened = openLine(line);
      if (opened === undefined) return 'malformed_line';
      const previous = point;
      point = opened;
      if (previous === undefined) return undefined;
      if (opened.seq !== previous.seq + 1) return 'sequence_gap';
      return lineHash(previous.hash, opened.body) === opened.hash ? undefined : 'hash_mismatch';
    },
  };
}

export interface ChainVerdict {
  readonly ok: boolean;
  readonly lines: number;
  /** The last line, as it says of itself. */
  readonly last: ChainPoint | undefined;
  /** The first line that does not follow; `index` counts from 0. */
  readonly broken: { readonly index: number; readonly problem: ChainProblem } | undefined;
}

/** Verifies a whole run of lines (without newlines). `start` defaults to before a chain's first line. */
export function verifyChain(
  lines: Iterable<string>,
  start: ChainPoint | undefined = { seq: -1, hash: GENESIS_HASH },
): ChainVerdict {
  const verifier = createChainVerifier(start);
  let index = 0;
  let broken: ChainVerdict['broken'];
  for (const line of lines) {
    const problem = verifier.check(line);
    if (problem !== undefined && broken === undefined) broken = { index, problem };
    index++;
  }
  return {
    ok: broken === undefined,
    lines: index,
    last:
      index === 0 || verifier.point === undefined
        ? undefined
        : { seq: verifier.point.seq, hash: verifier.point.hash },
    broken,
  };
}
