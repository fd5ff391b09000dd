/**
 * Whether the names of an object are apart, where most objects of a text have the names of another one in the same order:
 * those are followed along a tree of names, each of which was told apart from those before it once. An object of many
 * names has a set of its own. The tree is as large as the text's names at most, and belongs to one text.
 */

/** A name, behind those that lead to it: all of them are different. */
interface Shape {
  readonly name: string;
  readonly around: Shape | undefined;
  readonly count: number;
  /** The name that came behind it last. */
  next: Shape | undefined;
  others: Map<string, Shape> | undefined;
}

/** The names of an object so far. */
export type Names = Shape | Set<string>;

/** So many names are compared with one another; an object of more keeps a set. */
const SHAPE_NAMES_MAX = 24;

export class NameShapes {
  /** Of an object that has no name yet. */
  readonly none: Names = { name: '', around: undefined, count: 0, next: undefined, others: undefined };

  /** The names with the one that stands in the text from `start` to `end`, without escapes; undefined where it is among them. */
  withPlain(names: Names, text: string, start: number, end: number): Names | undefined {
    if (!(names instanceof Set)) {
      const { next } = names;
      if (next !== undefined && next.name.length === end - start && text.startsWith(next.name, start))
        return next;
    }
    return this.with(names, text.slice(start, end));
  }

  with(names: Names, name: string): Names | undefined {
    if (names instanceof Set) return names.has(name) ? undefined : names.add(name);
    const known = names.others?.get(name);
    if (known !== undefined) return (names.next = known);
    for (let each: Shape | undefined = names; each !== undefined && each.count > 0; each = each.around)
      if (each.name === name) return undefined;
    if (names.count >= SHAPE_NAMES_MAX) return setOf(names).add(name);
    const shape: Shape = {
      name,
      around: names,
      count: names.count + 1,
      next: undefined,
      others: undefined,
    };
    names.next = shape;
    (names.others ??= new Map()).set(name, shape);
    return shape;
  }
}

function setOf(shape: Shape): Set<string> {
  const names = new Set<string>();
  for (let each: Shape | undefined = shape; each !== undefined && each.count > 0; each = each.around)
    names.add(each.name);
  return names;
}
