/**
 * The fields of a body or of a tool's arguments, for rules that close something: under folded names, and of a form at
 * every path at which a server may find them. What comes under one name so is a list of it all, and a list adds
 * nothing to the path of a field, so a rule sees each. No rule that opens something may look here.
 */
import { foldName } from './fold-name.ts';
import { formPaths } from './form-name.ts';

/** Names that are followed down in the name of a form's field: further than any rule looks. */
const PARTS_MAX = 64;

/** The fields of what policy is given as the value of a body; of a form that is a list of values for each name. */
export function bodyFields(kind: string, value: unknown): unknown {
  const isForm = kind === 'form' && typeof value === 'object' && value !== null && !Array.isArray(value);
  return isForm ? formFields(value as Readonly<Record<string, unknown>>) : jsonFields(value);
}

/** A JSON value with folded names; the value itself where they are so already. As deep as the value. */
export function jsonFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const elements = value.map(jsonFields);
    return elements.every((element, index) => element === value[index]) ? value : elements;
  }
  const fields = new Map<string, unknown[]>();
  let isSame = true;
  for (const [name, member] of Object.entries(value)) {
    const folded = foldName(name);
    const inside = jsonFields(member);
    isSame &&= folded === name && inside === member;
    const known = fields.get(folded);
    if (known === undefined) fields.set(folded, [inside]);
    else known.push(inside);
  }
  if (isSame) return value;
  // A member named `__proto__` is one like any other.
  return Object.fromEntries([...fields].map(([name, members]) => [name, together(members)]));
}

const together = (members: readonly unknown[]): unknown =>
  members.length === 1 ? members[0] : members.flat();

/** A form's fields, as `jsonFields`. */
function formFields(parameters: Readonly<Record<string, unknown>>): unknown {
  const top: Place = { values: [], below: new Map() };
  for (const [name, value] of Object.entries(parameters)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const path of formPaths(name)) {
      let place = top;
      for (const part of path.slice(0, PARTS_MAX)) place = placeBelow(place, foldName(part));
      for (const each of values) place.values.push(each);
    }
  }
  return fieldsBelow(top);
}

interface Place {
  readonly values: unknown[];
  readonly below: Map<string, Place>;
}

function placeBelow({ below }: Place, name: string): Place {
  const known = below.get(name);
  if (known !== undefined) return known;
  const place: Place = { values: [], below: new Map() };
  below.set(name, place);
  return place;
}

const fieldsBelow = ({ below }: Place): unknown =>
  Object.fromEntries(
    [...below].map(([name, place]) => [
      name,
      place.below.size === 0 ? place.values : [...place.values, fieldsBelow(place)],
    ]),
  );
