/**
 * The sample's people and orders as the sample API and the sample MCP server hold them: the rows of the sample
 * database, in memory, so that what is changed here is as it was after the next start.
 */
import { sampleOrders, samplePeople, type Order, type Person } from './sample-data.ts';

const PEOPLE_MAX = 10_000;

export class SampleRecords {
  readonly #people = new Map<number, Person>(samplePeople().map((person) => [person.id, person]));
  readonly #orders: readonly Order[] = sampleOrders();
  #nextId = this.#people.size + 1;

  people(): readonly Person[] {
    return [...this.#people.values()];
  }

  person(id: number): Person | undefined {
    return this.#people.get(id);
  }

  /** People whose name or e-mail address holds the term, whatever its case. */
  search(term: string): readonly Person[] {
    const wanted = term.toLowerCase();
    return this.people().filter(
      ({ name, email }) => name.toLowerCase().includes(wanted) || email.toLowerCase().includes(wanted),
    );
  }

  /** Undefined where there are as many as there may be. */
  add(person: Omit<Person, 'id'>): Person | undefined {
    if (this.#people.size >= PEOPLE_MAX) return undefined;
    const added = { id: this.#nextId, ...person };
    this.#nextId += 1;
    this.#people.set(added.id, added);
    return added;
  }

  /** Whether there was one. Orders stay: they are what was sold. */
  remove(id: number): boolean {
    return this.#people.delete(id);
  }

  orders(personId?: number): readonly Order[] {
    return personId === undefined
      ? this.#orders
      : this.#orders.filter((order) => order.personId === personId);
  }
}
