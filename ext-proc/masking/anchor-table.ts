/**
 * The one pass over a text that finds where detectors must look: a table over pairs of neighbouring bytes. A pair says
 * that an anchor may stand here, that digits begin, or that a form of writing begins which hides other text. Most pairs
 * of a text say nothing, so most bytes cost one look into the table.
 */
import type { ByteString } from './byte-string.ts';

export interface Anchor {
  readonly literal: string;
  readonly ignoreCase: boolean;
  /** Whose anchor it is: an index that the caller gives a meaning. */
  readonly owner: number;
  /** A byte that stands somewhere behind it, where its owner says so. */
  readonly followedBy?: string | undefined;
}

export interface Entry extends Anchor {
  /** From the second byte of the pair back to where the literal begins. */
  readonly back: number;
  /** One more byte of the literal, the one likeliest to tell: how far from the second of the pair, and what it is. */
  readonly probe: number;
  readonly probeCode: number;
  /** Or-ed to the text's byte before the two are compared: 0x20 where the case does not matter. */
  readonly probeCase: number;
}

export interface AnchorTable {
  /** By pair: the number of a bucket and the flags below. */
  readonly pairs: Uint16Array;
  readonly buckets: readonly (readonly Entry[])[];
}

/** Digits begin with the second byte of the pair. */
export const DIGITS_BEGIN = 0x8000;
/** The pair may begin an escape or a character that stands for another one. */
export const WRITING_BEGINS = 0x4000;
/** The pair may be the second letter of a country and the first digit of its account number. */
export const IBAN_BEGINS = 0x2000;
export const BUCKET = 0x1fff;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/**
 * Pairs of bytes by how often they occur in English prose and source text, the most common first: an anchor is looked
 * for by the rarest pair that it has, so that few places of a text are looked at twice.
 */
const COMMON_PAIRS =
  '  --e th ts  aert onreinheat, esstteorseiten ico sden  o cand r nd ||  `tiedis wno: le rntme fiohaal' +
  'lingnstoroarnetaeceaouomasctvey a  n p` riunetod e b dchsststr mpooficuskeaco lof fihoamceot ladmage' +
  "pe (sirs =pancrartcaexolhi) llfouts.ilsourbewh= ttpsowainaprh l s:g el umidicl);.  {opwi 'ieemgi hul" +
  'efla gwaht*  }==- .cimue`,e.doosjsghckub/ntp//idru> absam  *gr [igrygaagshevepif -:/wotye,mp](upsuhu' +
  "oclyrns/`gplls'seeda(hm/crh_fufrirdslubloktue`fa; b./gt.oo',rrrvpuldrdniayptbuxtbynlba ks,sc{ e/e: v" +
  "ogumt(vi()nnau.tapypvawnbomow # cixpqueje(s`mmd,t,iv_pey] rmr.00))ew).weobipnfpi 1')rkftyt.s('/cehd`" +
  "fed.`pt`e_n.voibrcnudde'/ptwkie)),nviaov`sltmbpptgcyk =>})p } rgms_stlysn`n,_ct_wrgs..syegt/n_jeg_np" +
  "_tsps'swt:a.hrpgtcudsqny /qleq):droiffcuoys)uibijod)yn(toe 2bj[`c `]0 guawkn)]nkl/dyakkst) jav.p/*dl" +
  '.#20*/y,\';e-d:`c 0[#.mgo`.sk "\\[*:';

const RANKS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: COMMON_PAIRS.length / 2 }, (_, rank) => [
    COMMON_PAIRS.slice(rank * 2, rank * 2 + 2),
    COMMON_PAIRS.length / 2 - rank,
  ]),
);

/** Capitals are rare, unless both cases are looked for. */
function commonness(pair: string, ignoreCase: boolean): number {
  const rank = RANKS.get(pair.toLowerCase()) ?? 0;
  return ignoreCase || pair === pair.toLowerCase() ? rank : rank / 20;
}

const casesOf = (code: number, ignoreCase: boolean): readonly number[] => {
  const character = String.fromCharCode(code);
  return ignoreCase
    ? [...new Set([character.toLowerCase().charCodeAt(0), character.toUpperCase().charCodeAt(0)])]
    : [code];
};

const ALL_BYTES = Array.from({ length: 256 }, (_, code) => code);

export function anchorTable(anchors: readonly Anchor[]): AnchorTable {
  const pairs = new Uint16Array(65_536);
  const buckets: Entry[][] = [[]];
  const bucketOf = (pair: number): Entry[] => {
    let number = (pairs[pair] as number) & BUCKET;
    if (number === 0) {
      // Where all numbers are taken the last bucket is shared: an entry is compared with the text in any case.
      number = buckets.length <= BUCKET ? buckets.push([]) - 1 : BUCKET;
      pairs[pair] = (pairs[pair] as number) | number;
    }
    return buckets[number] as Entry[];
  };
  for (const anchor of anchors) {
    const { literal, ignoreCase } = anchor;
    const at = rarestPair(literal, ignoreCase);
    const back = literal.length === 1 ? 0 : at + 1;
    const entry: Entry = { ...anchor, back, ...probeOf(literal, ignoreCase, at) };
    const firsts = literal.length === 1 ? ALL_BYTES : casesOf(literal.charCodeAt(at), ignoreCase);
    const seconds = casesOf(literal.charCodeAt(literal.length === 1 ? 0 : at + 1), ignoreCase);
    for (const first of firsts) {
      for (const second of seconds) {
        bucketOf((first << 8) | second).push(entry);
      }
    }
  }
  for (let pair = 0; pair < 65_536; pair++) {
    if (isDigit(pair & 0xff) && !isDigit(pair >> 8)) pairs[pair] = (pairs[pair] as number) | DIGITS_BEGIN;
  }
  return { pairs, buckets };
}

function rarestPair(literal: string, ignoreCase: boolean): number {
  let best = 0;
  let bestScore = Infinity;
  for (let at = 0; at + 1 < literal.length; at++) {
    const score = commonness(literal.slice(at, at + 2), ignoreCase);
    if (score < bestScore) {
      best = at;
      bestScore = score;
    }
  }
  return best;
}

/** The byte beside the pair, if the literal has one: behind it, or before. */
function probeOf(
  literal: string,
  ignoreCase: boolean,
  pair: number,
): { probe: number; probeCode: number; probeCase: number } {
  const at = pair + 2 < literal.length ? pair + 2 : Math.max(0, pair - 1);
  const code = literal.charCodeAt(at);
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  const probe = literal.length === 1 ? 0 : at - (pair + 1);
  return { probe, probeCode: code, probeCase: ignoreCase && isLetter ? 0x20 : 0 };
}

/** Whether the literal of an entry stands around the pair whose second byte is at `at`. */
export function standsAround(text: ByteString, at: number, entry: Entry): boolean {
  if ((text.charCodeAt(at + entry.probe) | entry.probeCase) !== entry.probeCode) return false;
  return standsAt(text, at - entry.back, entry);
}

/** Whether the literal stands at `at`. */
function standsAt(text: ByteString, at: number, { literal, ignoreCase }: Anchor): boolean {
  if (at < 0) return false;
  if (!ignoreCase) return text.startsWith(literal, at);
  if (at + literal.length > text.length) return false;
  for (let each = 0; each < literal.length; each++) {
    let code = text.charCodeAt(at + each);
    if (code >= 0x41 && code <= 0x5a) code |= 0x20;
    if (code !== literal.charCodeAt(each)) return false;
  }
  return true;
}
