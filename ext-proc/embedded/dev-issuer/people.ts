/** Who can log in at the development issuer. Nobody has a password: it is on loopback and says so on its page. */
export interface Person {
  /** Also the `sub` of their tokens. */
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export const PEOPLE: readonly Person[] = [
  { email: 'alice@example.com', name: 'Alice Moreau', groups: ['developers', 'reviewers'] },
  { email: 'bob@example.com', name: 'Bob Okafor', groups: ['developers', 'reviewers'] },
  { email: 'carol@example.com', name: 'Carol Lindqvist', groups: ['auditors'] },
  { email: 'dave@example.com', name: 'Dave Tanaka', groups: ['readers'] },
  { email: 'erin@example.com', name: 'Erin Castellanos', groups: ['operators'] },
];
