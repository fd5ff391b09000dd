/**
 * Proves offline that a journal on disk is what was written: every line follows the one before, every segment its
 * predecessor, every chain the one before it, nothing is missing that was not shipped, and every anchor that was
 * taken of a chain (the local checkpoint's, and those that ClickHouse keeps) is still in it. Reads only; may run
 * beside live workers.
 */
import { open } from 'node:fs/promises';
import { createChainVerifier, type ChainPoint, GENESIS_HASH, openLine } from '../../domain/audit-chain.ts';
import { lineHead } from '../../domain/audit-line.ts';
import { type ChainCheckpoint, readCheckpoint } from './checkpoint.ts';
import { byChain, listSegments, listWorkers, type SegmentFile, workerDirectory } from './layout.ts';
import { readLines } from './line-reader.ts';
import { decodeHeader, type SegmentHeader } from './segment-header.ts';

const READ_BYTES = 1_048_576;
const PROBLEMS_MAX = 100;

/** A point of a chain that someone else vouches for. */
export interface ChainAnchor extends ChainPoint {
  readonly chain: string;
}

export interface VerifyOptions {
  /** Anchors that ClickHouse keeps; of chains that are on disk and of those before them. Undefined: not asked. */
  readonly anchors?: readonly ChainAnchor[];
}

export type JournalProblem =
  | 'malformed_line'
  | 'sequence_gap'
  | 'hash_mismatch'
  | 'header_missing'
  | 'header_mismatch'
  | 'segment_missing'
  | 'chain_missing'
  | 'previous_chain_mismatch'
  | 'tail_cut'
  | 'anchor_mismatch';

export interface JournalFinding {
  readonly worker: string;
  readonly chain: string;
  /** 0 where it is about the whole chain. */
  readonly segment: number;
  /** From 1; 0 where it is about the whole segment. */
  readonly line: number;
  readonly offset: number;
  readonly problem: JournalProblem;
}

export interface JournalVerdict {
  readonly ok: boolean;
  readonly workers: number;
  readonly chains: number;
  readonly segments: number;
  readonly lines: number;
  readonly records: number;
  readonly anchorsChecked: number;
  /** Segments that are gone and were shipped before. */
  readonly segmentsShippedAndDeleted: number;
  /** Chains without a closing line: their worker runs, or died and has not started again. */
  readonly chainsOpen: number;
  /** In order; the first 100. `first` is where to look. */
  readonly findings: readonly JournalFinding[];
  readonly findingCount: number;
  readonly first: JournalFinding | undefined;
}

interface Tally {
  chains: number;
  segments: number;
  lines: number;
  records: number;
  anchorsChecked: number;
  segmentsShippedAndDeleted: number;
  chainsOpen: number;
  findings: JournalFinding[];
  findingCount: number;
}

/** What later chains say of this one: checked when the chain itself is read. */
type Expected = Map<string, { readonly point: ChainPoint; readonly problem: JournalProblem }[]>;

/** Verifies the journals of all workers in `directory`. @throws the file system's error. */
export async function verifyJournal(directory: string, options: VerifyOptions = {}): Promise<JournalVerdict> {
  const tally: Tally = {
    chains: 0,
    segments: 0,
    lines: 0,
    records: 0,
    anchorsChecked: 0,
    segmentsShippedAndDeleted: 0,
    chainsOpen: 0,
    findings: [],
    findingCount: 0,
  };
  const workers = await listWorkers(directory);
  for (const worker of workers) await verifyWorker(directory, worker, options, tally);
  return { ...tally, ok: tally.findingCount === 0, workers: workers.length, first: tally.findings[0] };
}

async function verifyWorker(
  directory: string,
  worker: string,
  options: VerifyOptions,
  tally: Tally,
): Promise<void> {
  const anchors = options.anchors ?? [];
  const workerDir = workerDirectory(directory, worker);
  // The checkpoint first: what it vouches for was in the files before.
  const checkpoint = await readCheckpoint(workerDir);
  const chains = byChain(await listSegments(workerDir));
  const expected: Expected = new Map();
  const expect = (chain: string, point: ChainPoint, problem: JournalProblem): void => {
    const list = expected.get(chain);
    if (list === undefined) expected.set(chain, [{ point, problem }]);
    else list.push({ point, problem });
  };
  for (const anchor of anchors) expect(anchor.chain, anchor, 'anchor_mismatch');
  for (const [chain, shipped] of Object.entries(checkpoint.chains)) {
    if (shipped.seq >= 0) expect(chain, shipped, 'anchor_mismatch');
    if (!chains.has(chain) && !shipped.closed)
      report(tally, { worker, chain, segment: 0, line: 0, offset: 0, problem: 'chain_missing' });
  }
  for (const segments of chains.values()) {
    const previous = (await headerOf(segments[0] as SegmentFile))?.previous;
    if (previous === undefined) continue;
    expect(previous.chain, previous, 'previous_chain_mismatch');
    // A chain that is gone was deleted after it was shipped: then ClickHouse has an anchor of its last line.
    const known = anchors.filter((anchor) => anchor.chain === previous.chain);
    const gone = options.anchors !== undefined && !chains.has(previous.chain);
    if (gone && !known.some(({ seq }) => seq >= previous.seq)) {
      report(tally, {
        worker,
        chain: previous.chain,
        segment: 0,
        line: 0,
        offset: 0,
        problem: 'chain_missing',
      });
    }
  }
  for (const [chain, segments] of chains) {
    await verifyChainFiles(
      worker,
      chain,
      segments,
      checkpoint.chains[chain],
      expected.get(chain) ?? [],
      tally,
    );
  }
}

function report(tally: Tally, finding: JournalFinding): void {
  tally.findingCount++;
  if (tally.findings.length < PROBLEMS_MAX) tally.findings.push(finding);
}

async function headerOf(segment: SegmentFile): Promise<SegmentHeader | undefined> {
  const file = await open(segment.path, 'r');
  try {
    const line = (await readLines(file, 0, 65_536)).lines[0];
    return line === undefined ? undefined : decodeHeader(line);
  } finally {
    await file.close();
  }
}

async function verifyChainFiles(
  worker: string,
  chain: string,
  segments: readonly SegmentFile[],
  shipped: ChainCheckpoint | undefined,
  expected: readonly { readonly point: ChainPoint; readonly problem: JournalProblem }[],
  tally: Tally,
): Promise<void> {
  tally.chains++;
  const wanted = new Map<number, { readonly hash: string; readonly problem: JournalProblem }[]>();
  for (const { point, problem } of expected) {
    const list = wanted.get(point.seq) ?? [];
    list.push({ hash: point.hash, problem });
    wanted.set(point.seq, list);
  }
  let verifier = createChainVerifier({ seq: -1, hash: GENESIS_HASH });
  let nextSegment = 1;
  let lastType: string | undefined;
  let gap = false;
  const at = (segment: number, line: number, offset: number, problem: JournalProblem): void =>
    report(tally, { worker, chain, segment, line, offset, problem });

  for (const segment of segments) {
    tally.segments++;
    for (; nextSegment < segment.segment; nextSegment++) {
      if (shipped !== undefined && nextSegment < shipped.segment) tally.segmentsShippedAndDeleted++;
      else at(nextSegment, 0, 0, 'segment_missing');
      gap = true;
    }
    nextSegment = segment.segment + 1;
    // Behind a gap the header says what came before; what it says is bound by its own hash, and by anchors.
    if (gap) verifier = createChainVerifier(undefined);
    const file = await open(segment.path, 'r');
    try {
      let number = 0;
      for (let offset = 0, atEnd = false; !atEnd;) {
        const piece = await readLines(file, offset, READ_BYTES);
        for (const [index, line] of piece.lines.entries()) {
          const lineOffset = piece.offsets[index] as number;
          number++;
          tally.lines++;
          if (number === 1) {
            const header = decodeHeader(line);
            if (header === undefined) at(segment.segment, 1, lineOffset, 'header_missing');
            else {
              const point = verifier.point;
              const fits =
                header.chain === chain && header.segment === segment.segment && header.worker === worker;
              if (!fits || (point !== undefined && header.prev !== point.hash)) {
                at(segment.segment, 1, lineOffset, 'header_mismatch');
              }
              const opened = openLine(line);
              if (gap && opened !== undefined) {
                verifier = createChainVerifier({ seq: opened.seq - 1, hash: header.prev });
                // Anchors inside the gap are out of reach, but one on its very edge is not.
                checkWanted({ seq: opened.seq - 1, hash: header.prev }, 1, lineOffset, segment.segment);
              }
            }
            gap = false;
          }
          const problem = verifier.check(line);
          if (problem !== undefined) at(segment.segment, number, lineOffset, problem);
          const head = lineHead(line);
          lastType = head?.type;
          if (head?.type === 'decided' || head?.type === 'ended') tally.records++;
          if (verifier.point !== undefined) checkWanted(verifier.point, number, lineOffset, segment.segment);
        }
        offset = piece.nextOffset;
        atEnd = piece.atEnd || piece.lines.length === 0;
      }
    } finally {
      await file.close();
    }
  }
  if (lastType !== 'closed') tally.chainsOpen++;
  const last = verifier.point;
  for (const [seq] of wanted) {
    if (last !== undefined && seq > last.seq) {
      at(segments.at(-1)?.segment ?? 0, 0, 0, 'tail_cut');
      break;
    }
  }

  function checkWanted(point: ChainPoint, line: number, offset: number, segment: number): void {
    const list = wanted.get(point.seq);
    if (list === undefined) return;
    wanted.delete(point.seq);
    for (const { hash, problem } of list) {
      tally.anchorsChecked++;
      if (hash !== point.hash) at(segment, line, offset, problem);
    }
  }
}

/** The chains of all workers on disk, and the ones that they say came before: those whose anchors `verifyJournal` can use. */
export async function chainsToAnchor(directory: string): Promise<string[]> {
  const found = new Set<string>();
  for (const worker of await listWorkers(directory)) {
    for (const [chain, segments] of byChain(await listSegments(workerDirectory(directory, worker)))) {
      found.add(chain);
      const previous = (await headerOf(segments[0] as SegmentFile))?.previous;
      if (previous !== undefined) found.add(previous.chain);
    }
  }
  return [...found];
}
