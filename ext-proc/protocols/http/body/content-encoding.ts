/**
 * Decodes a compressed body: gzip (RFC 1952, one member) and deflate (RFC 1950, and the bare RFC 1951 that some send),
 * at most two behind one another (RFC 9110 section 8.4). What follows the end of a compressed body, what ends too early,
 * and what becomes too large is refused. Decoding is node:zlib's and so asynchronous: its interface is that of
 * `BodyTransform` with promises. The caller drops Content-Encoding, since what comes out is not encoded any more.
 */
import {
  createGunzip,
  createInflate,
  createInflateRaw,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';
import { GatehouseError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';

export type ContentCoding = 'gzip' | 'deflate';

/** So many codings are taken off one body. */
const CODINGS_MAX = 2;
const CODINGS: Readonly<Record<string, ContentCoding | 'identity'>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  identity: 'identity',
};

/**
 * The codings of a Content-Encoding, in the order in which they were applied; none where there is none. Undefined where
 * the gate cannot take them off: `br`, `zstd`, more than two. Several fields are joined by commas first.
 */
export function contentCodings(contentEncoding: string | undefined): readonly ContentCoding[] | undefined {
  const codings: ContentCoding[] = [];
  for (const word of (contentEncoding ?? '').split(',')) {
    const name = word.trim().toLowerCase();
    if (name === '') continue;
    const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
    if (coding === undefined) return undefined;
    if (coding !== 'identity') codings.push(coding);
  }
  return codings.length > CODINGS_MAX ? undefined : codings;
}

export interface DecoderLimits {
  /** What comes out may be so much in any case. */
  readonly freeBytes: number;
  /** Beyond that so many times what went in. */
  readonly ratioMax: number;
}

export const DECODER_LIMITS: DecoderLimits = {
  freeBytes: LIMITS.decodedBytesFree,
  ratioMax: LIMITS.decodedRatioMax,
};

/**
 * One for each body. Calls come one after the other: the next when the last promise is settled. Rejects with
 * `GH_HTTP_BODY_ENCODING` or `GH_HTTP_BODY_EXPANDS`, after which nothing more is taken. Which bytes come out does not
 * depend on where those that went in were cut; where a body expands beyond the limit may.
 */
export class BodyDecoder {
  readonly #stages: readonly Stage[];

  constructor(codings: readonly ContentCoding[], limits: DecoderLimits = DECODER_LIMITS) {
    this.#stages = codings.toReversed().map((coding) => new Stage(coding, limits));
  }

  async push(chunk: Buffer): Promise<readonly Buffer[]> {
    let chunks: readonly Buffer[] = [chunk];
    for (const stage of this.#stages) chunks = await each(chunks, (one) => stage.push(one));
    return chunks;
  }

  async end(): Promise<readonly Buffer[]> {
    let chunks: readonly Buffer[] = [];
    for (const stage of this.#stages) {
      const decoded = await each(chunks, (one) => stage.push(one));
      chunks = [...decoded, ...(await stage.end())];
    }
    return chunks;
  }

  /** Gives the decoders' memory back where a body is not read to its end. */
  destroy(): void {
    for (const stage of this.#stages) stage.destroy();
  }
}

async function each(
  chunks: readonly Buffer[],
  decode: (chunk: Buffer) => Promise<readonly Buffer[]>,
): Promise<readonly Buffer[]> {
  const out: Buffer[] = [];
  for (const chunk of chunks) out.push(...(await decode(chunk)));
  return out;
}

type Engine = Gunzip | Inflate | InflateRaw;

const OPTIONS = { rejectGarbageAfterEnd: true };
/** By so many bytes zlib's form is told from the bare one. */
const ZLIB_HEADER_BYTES = 2;

/** One coding. */
class Stage {
  readonly #coding: ContentCoding;
  readonly #limits: DecoderLimits;
  #engine: Engine | undefined;
  /** Of deflate: what is too little to be told. */
  #header: Buffer = Buffer.alloc(0);
  #out: Buffer[] = [];
  #bytesIn = 0;
  #bytesOut = 0;
  #failure: Error | undefined;
  #onFailure: (() => void) | undefined;

  constructor(coding: ContentCoding, limits: DecoderLimits) {
    this.#coding = coding;
    this.#limits = limits;
  }

  async push(chunk: Buffer): Promise<readonly Buffer[]> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#bytesIn += chunk.length;
    let bytes = chunk;
    if (this.#engine === undefined) {
      bytes = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
      this.#header = bytes;
      if (bytes.length < ZLIB_HEADER_BYTES) return [];
      this.#engine = this.#start(bytes);
    }
    const engine = this.#engine;
    await this.#settled((done) => {
      engine.write(bytes, (error) => {
        // The event of the same name comes later.
        if (error) this.#fail(unreadable('is not what it says'));
        done();
      });
    });
    // What is buffered comes by `data`.
    engine.read();
    return this.#take();
  }

  async end(): Promise<readonly Buffer[]> {
    if (this.#failure !== undefined) throw this.#failure;
    // An empty body is one whatever its coding.
    if (this.#bytesIn === 0) return [];
    const engine = this.#engine;
    if (engine === undefined) throw unreadable('ends too early');
    await this.#settled((done) => {
      if (engine.readableEnded) return done();
      engine.once('end', done);
      engine.once('close', done);
      engine.end();
    });
    if (!engine.readableEnded) throw unreadable('ends too early');
    engine.destroy();
    return this.#take();
  }

  destroy(): void {
    this.#failure ??= unreadable('is not read to its end');
    this.#engine?.destroy();
    this.#onFailure?.();
  }

  #start(header: Buffer): Engine {
    const engine =
      this.#coding === 'gzip'
        ? createGunzip(OPTIONS)
        : isZlib(header)
          ? createInflate(OPTIONS)
          : createInflateRaw(OPTIONS);
    engine.on('data', (decoded: Buffer) => {
      this.#bytesOut += decoded.length;
      const { freeBytes, ratioMax } = this.#limits;
      if (this.#bytesOut > Math.max(freeBytes, this.#bytesIn * ratioMax)) this.#fail(expands());
      else if (this.#failure === undefined) this.#out.push(decoded);
    });
    engine.on('error', () => this.#fail(unreadable('is not what it says')));
    return engine;
  }

  #fail(failure: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#out = [];
    this.#engine?.destroy();
    this.#onFailure?.();
  }

  async #settled(run: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onFailure = resolve;
      run(resolve);
    });
    this.#onFailure = undefined;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #take(): readonly Buffer[] {
    if (this.#failure !== undefined) throw this.#failure;
    const out = this.#out;
    this.#out = [];
    return out;
  }
}

/** RFC 1950 section 2.2: method 8, and a check of the two bytes. */
const isZlib = (header: Buffer): boolean =>
  ((header[0] as number) & 0x0f) === 8 && header.readUInt16BE(0) % 31 === 0;

const unreadable = (what: string): GatehouseError =>
  new GatehouseError('GH_HTTP_BODY_ENCODING', `The body's content encoding cannot be taken off: it ${what}.`);

const expands = (): GatehouseError =>
  new GatehouseError('GH_HTTP_BODY_EXPANDS', 'The compressed body becomes too large when it is decoded.');
