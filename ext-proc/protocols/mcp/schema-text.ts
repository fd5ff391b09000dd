/**
 * Whether a masked text holds a schema's `pattern` or `format`. A pattern is another's program: it runs only where its
 * form keeps it from taking long on a text of a mask's length, and holds nothing otherwise.
 */

const PATTERN_CHARACTERS_MAX = 256;
const TEXT_CHARACTERS_MAX = 128;
/** Each repetition of an open count multiplies the work by the text's length, each optional part by two. */
const REPETITIONS_MAX = 2;
const OPTIONALS_MAX = 2;

/** False where the text does not match, and where the pattern is not run. */
export function holdsPattern(pattern: unknown, text: string): boolean {
  if (typeof pattern !== 'string' || !isQuick(pattern) || text.length > TEXT_CHARACTERS_MAX) return false;
  try {
    // JSON Schema 2020-12, Core, section 6.4: a Unicode pattern, not anchored.
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

/** Of formats only those that say something of any text; a mask is no address, date or UUID. */
export function holdsFormat(format: unknown, text: string): boolean {
  switch (format) {
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
    case 'date-time':
      return (
        /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.test(text) &&
        !Number.isNaN(Date.parse(text))
      );
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
    case 'email':
      return /^[\w!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.[A-Za-z0-9]){1,8}[A-Za-z0-9-]{0,62}$/.test(
        text,
      );
    case 'ipv4':
      return /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/.test(text) && !text.endsWith('.');
    default:
      // Formats that nobody knows assert nothing, but which ones a client knows cannot be told.
      return false;
  }
}

/** No groups, no references, no alternatives, and few repetitions. */
function isQuick(pattern: string): boolean {
  if (pattern.length > PATTERN_CHARACTERS_MAX) return false;
  const outside = pattern.replaceAll(/\\[^1-9kpP]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  if (/[(\\|]/.test(outside)) return false;
  const exact = outside.replaceAll(/\{\d{1,2}\}/g, '');
  const repetitions = exact.match(/[*+{]/g) ?? [];
  const optionals = exact.match(/\?/g) ?? [];
  return repetitions.length <= REPETITIONS_MAX && optionals.length <= OPTIONALS_MAX;
}
