/**
 * The first level of a body, for rules that look no further: of a body of any size that is little to hand over. What is
 * cut short there is cut so that it is told apart from what is not.
 */

/** Of a list: more elements than any rule counts to. */
export const ELEMENTS_SHOWN = 9;

/**
 * The members of an object; undefined for any other value. An object among them is null, and of a list there are nine
 * elements at most, of which an object or a list is null.
 */
export function bodyMembers(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // A member named `__proto__` is one like any other.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shown(member)]));
}

const shown = (member: unknown): unknown =>
  Array.isArray(member) ? member.slice(0, ELEMENTS_SHOWN).map(scalar) : scalar(member);

const scalar = (value: unknown): unknown => (typeof value === 'object' ? null : value);
