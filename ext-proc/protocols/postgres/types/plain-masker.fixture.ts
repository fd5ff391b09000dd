/**
 * A masker for tests that is plain to see through: it finds a `4` and fifteen more digits that stand alone (`card`), and
 * `key-` and letters (`key`), and `pair a,b`
 * (`pair`). Partial shows the last four characters, hash is the length and the first character: weak,
 * and different for different values.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Finding } from '../../../masking/finding.ts';
import type { Mark, Masker } from '../../../masking/masker.ts';
import type { StyleName } from '../../../masking/styles/style.ts';
import type { MaskTarget, ValueShape } from '../../../masking/value-shape.ts';
import type { ValueContext } from './value-context.ts';

const FINDING = /(?<![0-9])4[0-9]{15}(?![0-9])|key-[a-z]+|pair [a-z],[a-z]/g;
const NONE: readonly Finding[] = Object.freeze([]);

export const CARD = '4123456789012345';

function scan(value: ByteString): readonly Finding[] {
  const findings = [...value.matchAll(FINDING)].map((match) => {
    const kind = match[0].startsWith('4') ? 'card' : match[0].slice(0, match[0].startsWith('key') ? 3 : 4);
    return {
      kind,
      rule: kind,
      start: match.index,
      end: match.index + match[0].length,
      encodings: [],
      alone: true,
    };
  });
  return findings.length === 0 ? NONE : findings;
}

function constantOf(shape: ValueShape): string | undefined {
  switch (shape.type) {
    case 'text':
      return '####'.slice(0, shape.charactersMax ?? 4);
    case 'json':
      return '"####"';
    case 'integer':
    case 'decimal':
    case 'float':
      return '0';
    case 'boolean':
      return 'false';
    case 'date':
      return '1970-01-01';
    case 'time':
      return shape.zone ? '00:00:00+00' : '00:00:00';
    case 'timestamp':
      return shape.zone ? '1970-01-01 00:00:00+00' : '1970-01-01 00:00:00';
    case 'interval':
      return '00:00:00';
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000';
    case 'inet':
      return '0.0.0.0';
    case 'bytes':
      return '####';
    case 'opaque':
      return undefined;
  }
}

function valued(style: StyleName, value: ByteString, shape: ValueShape): string | undefined {
  const shown = style === 'partial' ? `**${value.slice(-4)}` : `${value.length}-${value.charCodeAt(0)}`;
  switch (shape.type) {
    case 'text':
      return shown.slice(0, shape.charactersMax);
    case 'json':
      return JSON.stringify(shown);
    case 'bytes':
      return shown;
    case 'integer':
    case 'decimal':
    case 'float':
      return style === 'hash' ? String(value.length) : '0';
    default:
      return constantOf(shape);
  }
}

export function plainMasker(): Masker {
  const scanner = {
    kinds: ['card', 'key', 'pair'],
    patterns: [],
    mayContain: (chunk: ByteString) => /4[0-9]{15}|key-|pair /.test(chunk),
    scan,
    get kernel(): never {
      throw new Error('nothing of PostgreSQL asks for it');
    },
  };
  return {
    scanner,
    prepareMark(mark: Mark, { shape }: MaskTarget) {
      const constant = mark.style === 'null' ? undefined : constantOf(shape);
      const always =
        constant === undefined ? ({ kind: 'null' } as const) : ({ kind: 'text', text: constant } as const);
      if (mark.style !== 'partial' && mark.style !== 'hash') return { constant: always, apply: () => always };
      return {
        constant: undefined,
        apply: (value) => {
          const text = valued(mark.style, value, shape);
          return text === undefined ? { kind: 'null' } : { kind: 'text', text };
        },
      };
    },
    maskFound(value, { shape }) {
      const findings = scan(value);
      if (findings.length === 0) return { kind: 'unchanged' };
      const kinds = findings.map(({ kind }) => kind);
      switch (shape.type) {
        case 'text':
        case 'json':
        case 'bytes': {
          let text = '';
          let from = 0;
          for (const { start, end, kind } of findings) {
            text += value.slice(from, start) + (kind === 'card' ? '1000' : `<${kind}>`);
            from = end;
          }
          return { kind: 'replaced', text: text + value.slice(from), kinds };
        }
        case 'opaque':
          return { kind: 'null', kinds };
        default:
          return { kind: 'replaced', text: constantOf(shape) ?? '', kinds };
      }
    },
    maskPart: () => undefined,
    maskRecordText: (text) => text,
  };
}

export function plainContext(lookup: ValueContext['lookup'] = () => undefined): ValueContext {
  return { masker: plainMasker(), lookup, style: { isoDates: true, postgresIntervals: true } };
}
