import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createChainVerifier,
  GENESIS_HASH,
  lineBody,
  lineBytesMax,
  lineHash,
  openLine,
  sealLine,
  verifyChain,
  writeLine,
} from './audit-chain.ts';

function chain(members: readonly string[]): string[] {
  let hash = GENESIS_HASH;
  return members.map((text, seq) => {
    const body = lineBody(seq, text);
    hash = lineHash(hash, body);
    return sealLine(body, hash).slice(0, -1);
  });
}

const member = fc.string({ unit: 'binary' }).map((text) => `"text":${JSON.stringify(text.toWellFormed())}`);
const lines = fc.array(member, { minLength: 3, maxLength: 12 }).map(chain);

describe('a chain of lines', () => {
  it('binds a line to the one before it by SHA-256, as an auditor would compute it', () => {
    const [first, second] = chain(['"a":1', '"b":2']) as [string, string];
    const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
    const one = sha256('0'.repeat(64) + '{"seq":0,"a":1');
    expect(first).toBe(`{"seq":0,"a":1,"hash":"${one}"}`);
    expect(second).toBe(`{"seq":1,"b":2,"hash":"${sha256(one + '{"seq":1,"b":2')}"}`);
  });

  it('verifies what was written, whatever its text', () => {
    fc.assert(
      fc.property(lines, (written) => {
        expect(verifyChain(written)).toMatchObject({ ok: true, lines: written.length });
        expect(JSON.parse(written[1] as string)).toMatchObject({ seq: 1 });
      }),
    );
  });

  it('is the same line by line as bytes, wherever those are put', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 5 }), fc.nat(500), (members, start) => {
        const out = Buffer.alloc(
          start + members.reduce((sum, { length }) => sum + lineBytesMax(length + 20), 0),
          '#',
        );
        let [at, hash] = [start, GENESIS_HASH];
        members.forEach((text, seq) => ({ end: at, hash } = writeLine(out, at, hash, lineBody(seq, text))));
        expect(out.toString('utf8', start, at)).toBe(
          chain(members)
            .map((line) => `${line}\n`)
            .join(''),
        );
        expect(out.subarray(0, start).every((byte) => byte === 0x23)).toBe(true);
      }),
    );
  });

  it('finds any changed character at its own line', () => {
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), (written, at, where) => {
        const index = at % written.length;
        const line = written[index] as string;
        const position = where % line.length;
        const changed = line[position] === '7' ? '8' : '7';
        const tampered = [...written];
        tampered[index] = line.slice(0, position) + changed + line.slice(position + 1);
        expect(verifyChain(tampered).broken?.index).toBe(index);
      }),
      { numRuns: 500 },
    );
  });

  it('finds a removed line, two swapped lines, a doubled line and a line put in', () => {
    fc.assert(
      fc.property(lines, fc.nat(), (written, at) => {
        const index = at % (written.length - 1);
        const removed = written.toSpliced(index, 1);
        expect(verifyChain(removed).broken?.index).toBe(index);
        const swapped = written.toSpliced(index, 2, written[index + 1] as string, written[index] as string);
        expect(verifyChain(swapped).broken?.index).toBe(index);
        const doubled = written.toSpliced(index, 0, written[index] as string);
        expect(verifyChain(doubled).broken?.index).toBe(index + 1);
        const added = written.toSpliced(index, 0, '{"seq":0,"type":"decided"}');
        expect(verifyChain(added).broken).toEqual({ index, problem: 'malformed_line' });
      }),
    );
  });

  it('cannot see a cut tail by itself: that is what anchors are for', () => {
    const written = chain(['"a":1', '"b":2', '"c":3']);
    const verdict = verifyChain(written.slice(0, 2));
    expect(verdict.ok).toBe(true);
    expect(verdict.last).toEqual({ seq: 1, hash: openLine(written[1] as string)?.hash });
  });

  it('reports one change once and goes on from what the line says of itself', () => {
    const written = chain(['"a":1', '"b":2', '"c":3', '"d":4']);
    written[1] = (written[1] as string).replace('"b":2', '"b":3');
    const verifier = createChainVerifier({ seq: -1, hash: GENESIS_HASH });
    expect(written.map((line) => verifier.check(line))).toEqual([
      undefined,
      'hash_mismatch',
      undefined,
      undefined,
    ]);
  });

  it('goes on from a point in the middle', () => {
    const written = chain(['"a":1', '"b":2', '"c":3']);
    const start = { seq: 0, hash: openLine(written[0] as string)?.hash as string };
    expect(verifyChain(written.slice(1), start).ok).toBe(true);
    expect(verifyChain(written.slice(2), start).broken).toEqual({ index: 0, problem: 'sequence_gap' });
  });
});
