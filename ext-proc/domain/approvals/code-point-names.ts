/** Names of the characters that deceive most, as Unicode has them; every other one is named by its number. */
const NAMES: Readonly<Record<string, string>> = {
  '0000': 'NULL',
  '0007': 'BELL',
  '0008': 'BACKSPACE',
  '0009': 'TAB',
  '000A': 'LINE FEED',
  '000B': 'LINE TABULATION',
  '000C': 'FORM FEED',
  '000D': 'CARRIAGE RETURN',
  '001B': 'ESCAPE',
  '007F': 'DELETE',
  '0085': 'NEXT LINE',
  '009B': 'CONTROL SEQUENCE INTRODUCER',
  '009D': 'OPERATING SYSTEM COMMAND',
  '00A0': 'NO-BREAK SPACE',
  '00AD': 'SOFT HYPHEN',
  '034F': 'COMBINING GRAPHEME JOINER',
  '061C': 'ARABIC LETTER MARK',
  '115F': 'HANGUL CHOSEONG FILLER',
  '1160': 'HANGUL JUNGSEONG FILLER',
  '1680': 'OGHAM SPACE MARK',
  '180E': 'MONGOLIAN VOWEL SEPARATOR',
  '2002': 'EN SPACE',
  '2003': 'EM SPACE',
  '2007': 'FIGURE SPACE',
  '2009': 'THIN SPACE',
  '200A': 'HAIR SPACE',
  '200B': 'ZERO WIDTH SPACE',
  '200C': 'ZERO WIDTH NON-JOINER',
  '200D': 'ZERO WIDTH JOINER',
  '200E': 'LEFT-TO-RIGHT MARK',
  '200F': 'RIGHT-TO-LEFT MARK',
  '2010': 'HYPHEN',
  '2013': 'EN DASH',
  '2014': 'EM DASH',
  '2018': 'LEFT SINGLE QUOTATION MARK',
  '2019': 'RIGHT SINGLE QUOTATION MARK',
  '201C': 'LEFT DOUBLE QUOTATION MARK',
  '201D': 'RIGHT DOUBLE QUOTATION MARK',
  '2028': 'LINE SEPARATOR',
  '2029': 'PARAGRAPH SEPARATOR',
  '202A': 'LEFT-TO-RIGHT EMBEDDING',
  '202B': 'RIGHT-TO-LEFT EMBEDDING',
  '202C': 'POP DIRECTIONAL FORMATTING',
  '202D': 'LEFT-TO-RIGHT OVERRIDE',
  '202E': 'RIGHT-TO-LEFT OVERRIDE',
  '202F': 'NARROW NO-BREAK SPACE',
  '205F': 'MEDIUM MATHEMATICAL SPACE',
  '2060': 'WORD JOINER',
  '2066': 'LEFT-TO-RIGHT ISOLATE',
  '2067': 'RIGHT-TO-LEFT ISOLATE',
  '2068': 'FIRST STRONG ISOLATE',
  '2069': 'POP DIRECTIONAL ISOLATE',
  '2212': 'MINUS SIGN',
  '2800': 'BRAILLE PATTERN BLANK',
  '3000': 'IDEOGRAPHIC SPACE',
  '3164': 'HANGUL FILLER',
  FEFF: 'ZERO WIDTH NO-BREAK SPACE',
  FFA0: 'HALFWIDTH HANGUL FILLER',
  FFFC: 'OBJECT REPLACEMENT CHARACTER',
};

/** `U+202E`. */
export const codePointNumber = (character: string): string => {
  const codePoint = character.codePointAt(0) ?? 0;
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
};

/** `U+202E RIGHT-TO-LEFT OVERRIDE`, or with `otherwise` in the place of a name that is not known here. */
export function codePointName(character: string, otherwise = ''): string {
  const number = codePointNumber(character);
  const name = NAMES[number.slice('U+'.length)] ?? blockName(character.codePointAt(0) ?? 0) ?? otherwise;
  return `${number} ${name}`.trimEnd();
}

function blockName(codePoint: number): string | undefined {
  if (codePoint >= 0xe0000 && codePoint <= 0xe007f) {
    const ascii = codePoint - 0xe0000;
    return ascii > 0x20 && ascii < 0x7f ? `TAG ${String.fromCodePoint(ascii)}` : 'TAG';
  }
  const isSelector =
    (codePoint >= 0xfe00 && codePoint <= 0xfe0f) || (codePoint >= 0xe0100 && codePoint <= 0xe01ef);
  return isSelector ? 'VARIATION SELECTOR' : undefined;
}
