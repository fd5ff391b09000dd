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
}

interface Entry extends Anchor {
  /** From the second byte of the pair back to where the literal begins. */
  readonly back: number;
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
export const BUCKET = 0x3fff;

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
      number = buckets.push([]) - 1;
      pairs[pair] = (pairs[pair] as number) | number;
    }
    return buckets[number] as Entry[];
  };
  for (const anchor of anchors) {
    const { literal, ignoreCase } = anchor;
    const at = rarestPair(literal, ignoreCase);
    const firsts = literal.length === 1 ? ALL_BYTES : casesOf(literal.charCodeAt(at), ignoreCase);
    const seconds = casesOf(literal.charCodeAt(literal.length === 1 ? 0 : at + 1), ignoreCase);
    for (const first of firsts) {
      for (const second of seconds) {
        bucketOf((first << 8) | second).push({ ...anchor, back: literal.length === 1 ? 0 : at + 1 });
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

/** Whether the literal stands at `at`. */
export function standsAt(text: ByteString, at: number, { literal, ignoreCase }: Anchor): boolean {
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
