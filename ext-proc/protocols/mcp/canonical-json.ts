/**
 * A JSON text in one form, whatever the order of its members, its white space and its escapes: as RFC 8785 writes
 * objects and strings, but for numbers, which keep the digits that were sent. A double does not hold all of them, and
 * two that it takes for one must not share a form.
 */

/** `json` is one that `parseStrictJson` takes: without like names, and not nested deeper than it lets. */
export function canonicalJson(json: string, without: ReadonlySet<string> = NOTHING): string {
  return new Reader(json).value(without);
}

const NOTHING: ReadonlySet<string> = new Set();

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Of an object, its members but those of these names. */
  value(without: ReadonlySet<string>): string {
    switch (this.#skipSpace()) {
      case '{':
        return this.#object(without);
      case '[':
        return this.#array();
      case '"':
        return JSON.stringify(this.#string());
      default:
        return this.#scalar();
    }
  }

  #object(without: ReadonlySet<string>): string {
    const members: [name: string, value: string][] = [];
    this.#at++;
    while (this.#skipSpace() !== '}') {
      const name = this.#string();
      // The colon has one character.
      this.#skipSpace();
      this.#at++;
      const value = this.value(NOTHING);
      if (!without.has(name)) members.push([name, value]);
      if (this.#skipSpace() === ',') this.#at++;
    }
    this.#at++;
    // By code units, as RFC 8785 section 3.2.3 has it, and as JavaScript compares.
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
  }

  #array(): string {
    const elements: string[] = [];
    this.#at++;
    while (this.#skipSpace() !== ']') {
      elements.push(this.value(NOTHING));
      if (this.#skipSpace() === ',') this.#at++;
    }
    this.#at++;
    return `[${elements.join(',')}]`;
  }

  #string(): string {
    const start = this.#at;
    this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #scalar(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] as string)) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  /** The next character that is not white space; empty at the end. */
  #skipSpace(): string {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text[this.#at] ?? '';
  }
}
