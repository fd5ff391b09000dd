/**
 * The shape of libpg_query's JSON tree, as little of it as the walker needs: a node is an object with one
 * upper-case key, its kind; some fields hold a body directly, without the kind. Pure; trusts nothing about a field
 * it did not check.
 */
export type Body = Readonly<Record<string, unknown>>;

export interface Node {
  readonly kind: string;
  readonly body: Body;
}

const UPPER_A = 65;
const UPPER_Z = 90;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The node in a wrapped value (`{"ColumnRef": {…}}`); undefined where it is absent, empty or not a node. */
export function nodeOf(value: unknown): Node | undefined {
  if (!isObject(value)) return undefined;
  for (const kind in value) {
    const first = kind.charCodeAt(0);
    if (first < UPPER_A || first > UPPER_Z) return undefined;
    const body = value[kind];
    return isObject(body) ? { kind, body } : undefined;
  }
  return undefined;
}

/** The body of a field that holds a node directly, or of a wrapped node of the given kind. */
export function bodyOf(value: unknown, kind?: string): Body | undefined {
  if (!isObject(value)) return undefined;
  const node = nodeOf(value);
  if (node === undefined) return value;
  return kind === undefined || node.kind === kind ? node.body : undefined;
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The text of a `String` node. */
export function stringOf(value: unknown): string | undefined {
  const node = nodeOf(value);
  return node?.kind === 'String' ? (textOf(node.body['sval']) ?? '') : undefined;
}

/** The texts of a list of `String` nodes; what is not one is left out. */
export function namesOf(value: unknown): string[] {
  const names: string[] = [];
  for (const item of listOf(value)) {
    const text = stringOf(item);
    if (text !== undefined) names.push(text);
  }
  return names;
}

/** The text of a string constant, seen through casts to text types; undefined for anything else. */
export function constantText(value: unknown): string | undefined {
  const node = nodeOf(value);
  if (node === undefined) return undefined;
  if (node.kind === 'String') return textOf(node.body['sval']) ?? '';
  if (node.kind === 'NamedArgExpr') return constantText(node.body['arg']);
  if (node.kind === 'TypeCast') return constantText(node.body['arg']);
  if (node.kind !== 'A_Const') return undefined;
  const constant = bodyOf(node.body['sval']);
  return constant === undefined ? undefined : (textOf(constant['sval']) ?? '');
}

/** Structural equality of two trees, places in the text aside. */
export function sameTree(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => sameTree(item, right[at]))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = (body: Body): string[] =>
    Object.keys(body).filter((key) => key !== 'location' && !key.endsWith('_start') && !key.endsWith('_end'));
  const leftKeys = keys(left);
  return leftKeys.length === keys(right).length && leftKeys.every((key) => sameTree(left[key], right[key]));
}
