/**
 * JSON that stands as text in an MCP message: servers repeat a structured result in `content[].text`, and hand JSON
 * documents over in `contents[].text`. Marks name fields, so such a text is read as the JSON that it is; what detectors
 * find they find in any text.
 */
import { GatehouseError } from '../../domain/errors.ts';
import { fullToken } from '../../masking/styles/full.ts';
import type { BodyMasking } from '../../protocols/http/body/body-masking.ts';
import { JsonTransform } from '../../protocols/http/body/json-transform.ts';
import {
  arrayElements,
  objectMembers,
  skipSpace,
  withEdits,
  type JsonEdit,
} from '../../protocols/mcp/json-span.ts';

/** Deeper than any content block of the specification lies. */
const DEPTH_MAX = 12;
const OBJECT = 0x7b;
const ARRAY = 0x5b;
const QUOTE = 0x22;

/** `json`: a message in form. The very buffer that was given where nothing is marked in it. */
export function maskEmbeddedJson(json: Buffer, masking: BodyMasking): Buffer {
  if (masking.marks.empty) return json;
  const edits: JsonEdit[] = [];
  collect(json, skipSpace(json, 0), 0, masking, edits);
  return edits.length === 0 ? json : withEdits(json, edits);
}

function collect(json: Buffer, at: number, depth: number, masking: BodyMasking, edits: JsonEdit[]): void {
  if (depth > DEPTH_MAX) return;
  if (json[at] === ARRAY) {
    for (const { start } of arrayElements(json, at)) collect(json, start, depth + 1, masking, edits);
  }
  if (json[at] !== OBJECT) return;
  for (const { name, start, end } of objectMembers(json, at)) {
    if (json[start] !== QUOTE) collect(json, start, depth + 1, masking, edits);
    else if (name === 'text') {
      const masked = maskedText(JSON.parse(json.toString('utf8', start, end)) as string, masking);
      if (masked !== undefined)
        edits.push({ start, end, bytes: Buffer.from(JSON.stringify(masked), 'utf8') });
    }
  }
}

/** Undefined where the text is no JSON, or nothing in it is masked. */
function maskedText(text: string, masking: BodyMasking): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const read = transformed(text, masking);
  if (read.masked === text) return undefined;
  if (read.masked !== undefined) {
    for (const [kind, field] of read.counted) masking.count(kind, field);
    return read.masked;
  }
  // What breaks off, in a string or a number perhaps, still has its fields: it is withheld where one is marked.
  const marked =
    markedIn(read) ??
    markedIn(transformed(`${text}"`, masking)) ??
    markedIn(transformed(`${text} `, masking));
  if (marked === undefined) return undefined;
  masking.count(...marked);
  return fullToken(marked[0]);
}

interface Transformed {
  /** Undefined where the text is no JSON, to its end. */
  readonly masked: string | undefined;
  readonly counted: readonly Counted[];
}

type Counted = readonly [kind: string, field: string | undefined];

const markedIn = ({ counted }: Transformed): Counted | undefined =>
  counted.find(([, field]) => field !== undefined);

/** One text or several: records are told a line each. */
function transformed(text: string, masking: BodyMasking): Transformed {
  const counted: Counted[] = [];
  const count: BodyMasking['count'] = (kind, field) => void counted.push([kind, field]);
  const transform = new JsonTransform({ ...masking, count }, true);
  try {
    const pieces = [...transform.push(Buffer.from(text, 'utf8')), ...transform.end()];
    return { masked: Buffer.concat(pieces).toString('utf8'), counted };
  } catch (error) {
    if (error instanceof GatehouseError) return { masked: undefined, counted };
    throw error;
  }
}
