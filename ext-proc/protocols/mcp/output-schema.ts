/**
 * Whether a masked result still fits the JSON Schema that a tool declares for it (2025-06-18 and later: Tools, Output
 * Schema; dialect 2020-12, of draft-07 what is the same). Clients check it and throw away what does not fit, so it is
 * better to say in a result why there is none. What was there before is taken to have fitted: of strings that are not
 * masked `pattern` and `format` are not looked at, and no pattern of the server's runs on more than a mask.
 */
import { LIMITS } from '../../domain/limits.ts';
import { isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import { holdsFormat, holdsPattern } from './schema-text.ts';

/** The walk over one value: what is masked, where references lead, and how much may still be looked at. */
interface Walk {
  readonly root: unknown;
  readonly masked: ReadonlySet<string>;
  /** Zero once it took too long or met what this file does not know: then nothing fits. */
  stepsLeft: number;
  depth: number;
}

const DEPTH_MAX = 200;

/** Keywords that this file does not know how to hold. */
const UNKNOWN = ['$dynamicRef', '$recursiveRef', 'unevaluatedProperties', 'unevaluatedItems'];

/**
 * `value`: the masked `structuredContent`. `masked`: JSON pointers (RFC 6901) of the values in it that were replaced.
 * False where it does not fit, and where that would take too long to find out.
 */
export function fitsSchema(schema: unknown, value: unknown, masked: ReadonlySet<string>): boolean {
  const walk: Walk = { root: schema, masked, stepsLeft: LIMITS.mcpSchemaStepsMax, depth: 0 };
  return fits(walk, schema, value, '') && walk.stepsLeft > 0;
}

function fits(walk: Walk, schema: unknown, value: unknown, at: string): boolean {
  if (!mayStep(walk)) return false;
  if (typeof schema === 'boolean') return schema;
  if (!isJsonObject(schema) || UNKNOWN.some((keyword) => Object.hasOwn(schema, keyword))) return giveUp(walk);
  walk.depth++;
  const isFit = fitsKeywords(walk, schema, value, at);
  walk.depth--;
  return isFit;
}

function mayStep(walk: Walk): boolean {
  return walk.stepsLeft > 0 && --walk.stepsLeft > 0 && (walk.depth < DEPTH_MAX || giveUp(walk));
}

function giveUp(walk: Walk): false {
  walk.stepsLeft = 0;
  return false;
}

function fitsKeywords(walk: Walk, schema: JsonObject, value: unknown, at: string): boolean {
  return (
    fitsReference(walk, schema, value, at) &&
    fitsType(schema, value) &&
    fitsValues(walk, schema, value) &&
    fitsCombination(walk, schema, value, at) &&
    (typeof value !== 'string' || fitsString(walk, schema, value, at)) &&
    (typeof value !== 'number' || fitsNumber(schema, value)) &&
    (!Array.isArray(value) || fitsArray(walk, schema, value, at)) &&
    (!isJsonObject(value) || fitsObject(walk, schema, value, at))
  );
}

/** Only references within the schema; what lies elsewhere is never fetched (Overview, `$ref` Resolution). */
function fitsReference(walk: Walk, schema: JsonObject, value: unknown, at: string): boolean {
  const reference = memberOf(schema, '$ref');
  if (reference === undefined) return true;
  if (typeof reference !== 'string' || (reference !== '#' && !reference.startsWith('#/'))) return false;
  let target = walk.root;
  for (const part of reference.slice(2).split('/')) {
    if (reference === '#') break;
    const name = decodePart(part);
    if (name === undefined || !isJsonObject(target)) return false;
    target = memberOf(target, name);
  }
  return fits(walk, target, value, at);
}

function fitsType(schema: JsonObject, value: unknown): boolean {
  const type = memberOf(schema, 'type');
  if (type === undefined) return true;
  return (Array.isArray(type) ? type : [type]).some((name) => isOfType(name, value));
}

function isOfType(name: unknown, value: unknown): boolean {
  switch (name) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === name;
    default:
      return false;
  }
}

function fitsValues(walk: Walk, schema: JsonObject, value: unknown): boolean {
  const allowed = memberOf(schema, 'enum');
  const isAllowed =
    allowed === undefined || (Array.isArray(allowed) && allowed.some((one) => same(walk, one, value)));
  return isAllowed && (!Object.hasOwn(schema, 'const') || same(walk, schema['const'], value));
}

function fitsCombination(walk: Walk, schema: JsonObject, value: unknown, at: string): boolean {
  const one = (part: unknown): boolean => fits(walk, part, value, at);
  const all = memberOf(schema, 'allOf');
  const any = memberOf(schema, 'anyOf');
  const exactly = memberOf(schema, 'oneOf');
  if (all !== undefined && !(Array.isArray(all) && all.every(one))) return false;
  if (any !== undefined && !(Array.isArray(any) && any.some(one))) return false;
  if (exactly !== undefined && !(Array.isArray(exactly) && exactly.filter(one).length === 1)) return false;
  if (Object.hasOwn(schema, 'not') && one(schema['not'])) return false;
  if (!Object.hasOwn(schema, 'if')) return true;
  const branch = one(schema['if']) ? 'then' : 'else';
  return !Object.hasOwn(schema, branch) || one(schema[branch]);
}

function fitsString(walk: Walk, schema: JsonObject, value: string, at: string): boolean {
  if (!walk.masked.has(at)) return true;
  const length = [...value].length;
  if (!isWithin(schema, 'minLength', 'maxLength', length)) return false;
  return (
    (!Object.hasOwn(schema, 'pattern') || holdsPattern(schema['pattern'], value)) &&
    (!Object.hasOwn(schema, 'format') || holdsFormat(schema['format'], value)) &&
    !Object.hasOwn(schema, 'contentEncoding')
  );
}

function fitsNumber(schema: JsonObject, value: number): boolean {
  const step = memberOf(schema, 'multipleOf');
  const above = memberOf(schema, 'exclusiveMinimum');
  const below = memberOf(schema, 'exclusiveMaximum');
  return (
    isWithin(schema, 'minimum', 'maximum', value) &&
    (above === undefined || (typeof above === 'number' && value > above)) &&
    (below === undefined || (typeof below === 'number' && value < below)) &&
    (step === undefined || (typeof step === 'number' && Number.isInteger(value / step)))
  );
}

function fitsArray(walk: Walk, schema: JsonObject, value: readonly unknown[], at: string): boolean {
  if (!isWithin(schema, 'minItems', 'maxItems', value.length)) return false;
  if (memberOf(schema, 'uniqueItems') === true && !areUnique(walk, value)) return false;
  const items = memberOf(schema, 'items');
  // Draft-07 has the list in `items`, and what follows it in `additionalItems`.
  const first = Array.isArray(items) ? items : memberOf(schema, 'prefixItems');
  const rest = Array.isArray(items) ? memberOf(schema, 'additionalItems') : items;
  const listed = Array.isArray(first) ? first : [];
  const isEach = value.every((element, index) => {
    const part: unknown = index < listed.length ? listed[index] : rest;
    return part === undefined || fits(walk, part, element, `${at}/${index}`);
  });
  if (!isEach || !Object.hasOwn(schema, 'contains')) return isEach;
  const found = value.filter((element, index) =>
    fits(walk, schema['contains'], element, `${at}/${index}`),
  ).length;
  const least = memberOf(schema, 'minContains') ?? 1;
  return typeof least === 'number' && found >= least && isWithin(schema, 'minContains', 'maxContains', found);
}

function fitsObject(walk: Walk, schema: JsonObject, value: JsonObject, at: string): boolean {
  const names = Object.keys(value);
  const required = memberOf(schema, 'required');
  if (Array.isArray(required) && !required.every((name) => Object.hasOwn(value, String(name)))) return false;
  if (!isWithin(schema, 'minProperties', 'maxProperties', names.length)) return false;
  const dependent = memberOf(schema, 'dependentSchemas');
  if (isJsonObject(dependent)) {
    const parts = Object.entries(dependent).filter(([name]) => Object.hasOwn(value, name));
    if (!parts.every(([, part]) => fits(walk, part, value, at))) return false;
  }
  const properties = memberOf(schema, 'properties');
  const patterns = memberOf(schema, 'patternProperties');
  const others = memberOf(schema, 'additionalProperties');
  return names.every((name) => {
    const pointer = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isJsonObject(properties) && Object.hasOwn(properties, name)) {
      return fits(walk, properties[name], value[name], pointer);
    }
    // Which names a pattern of the server's means is not found out by running it.
    if (isJsonObject(patterns) && Object.keys(patterns).length > 0) return !isTouched(walk, pointer);
    return others === undefined || fits(walk, others, value[name], pointer);
  });
}

function isTouched(walk: Walk, pointer: string): boolean {
  const { masked } = walk;
  walk.stepsLeft -= masked.size;
  if (walk.stepsLeft <= 0) return true;
  for (const one of masked) if (one === pointer || one.startsWith(`${pointer}/`)) return true;
  return false;
}

function isWithin(schema: JsonObject, least: string, most: string, value: number): boolean {
  const [min, max] = [memberOf(schema, least), memberOf(schema, most)];
  return (
    (min === undefined || (typeof min === 'number' && value >= min)) &&
    (max === undefined || (typeof max === 'number' && value <= max))
  );
}

function areUnique(walk: Walk, values: readonly unknown[]): boolean {
  const texts = values.map((value) => canonical(walk, value));
  return new Set(texts).size === texts.length;
}

const same = (walk: Walk, a: unknown, b: unknown): boolean => canonical(walk, a) === canonical(walk, b);

/** Equal for values that JSON Schema calls equal. */
function canonical(walk: Walk, value: unknown): string {
  if (!mayStep(walk)) return '';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  walk.depth++;
  const text = Array.isArray(value)
    ? `[${value.map((element) => canonical(walk, element)).join(',')}]`
    : `{${Object.keys(value)
        .sort()
        .map((name) => `${JSON.stringify(name)}:${canonical(walk, memberOf(value as JsonObject, name))}`)
        .join(',')}}`;
  walk.depth--;
  return text;
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
