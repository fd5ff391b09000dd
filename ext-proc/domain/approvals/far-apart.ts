/**
 * Text of which a part may be out of sight: behind so many empty lines, or so much blank in one line, that whoever reads
 * takes what is before it for all. Pure, in linear time, and needs nothing of Node, so that a page can use it as it is.
 */

/** A window's height, about; a statement that people wrote has fewer. */
const EMPTY_LINES_MAX = 20;
const BLANKS_MAX = 120;

export const FAR_APART =
  'Parts of it stand far apart, behind empty lines or blanks: look at it to its very end.';

export function isFarApart(text: string): boolean {
  let empty = 0;
  for (const line of text.split('\n')) {
    empty = line.trim() === '' ? empty + 1 : 0;
    if (empty > EMPTY_LINES_MAX) return true;
    if (hasWideBlank(line)) return true;
  }
  return false;
}

function hasWideBlank(line: string): boolean {
  let blanks = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    blanks = character === ' ' ? blanks + 1 : character === '\t' ? blanks + 4 : 0;
    if (blanks > BLANKS_MAX) return true;
  }
  return false;
}
