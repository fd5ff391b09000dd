/**
 * The rows of the sample database: invented people, their orders, and keys and tokens that open nothing. Formats are
 * right (cards pass Luhn, tokens have their issuers' shapes), so that what looks for such values finds them here;
 * addresses are of example domains and telephone numbers of the range kept for fiction. The same on every machine.
 */

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly card: string;
  readonly ssn: string;
  readonly notes: string;
}

export interface Order {
  readonly id: number;
  readonly personId: number;
  readonly item: string;
  readonly quantity: number;
  readonly totalCents: number;
  readonly status: string;
  readonly orderedAt: string;
}

export interface StoredSecret {
  readonly id: number;
  readonly name: string;
  readonly service: string;
  readonly value: string;
}

const PEOPLE = 300;
const ORDERS = 900;
const DAY_MS = 86_400_000;
const FIRST_ORDER_MS = Date.UTC(2026, 0, 5, 8);

const GIVEN =
  'Amara Bruno Chidi Dalia Elif Farid Greta Hana Ines Jonas Kavya Leandro Mirela Noor Oskar Priya Quentin Rosa Samir Tamsin Umar Vera Wanda Ximena Yusuf Zofia'.split(
    ' ',
  );
const FAMILY =
  'Abara Brandt Castillo Dufour Eklund Ferreira Gupta Haddad Ivanova Jansen Kowalski Lindqvist Mbeki Nakamura Okafor Petrov Quispe Rossi Santos Tanaka Ueda Varga Weber Yilmaz Zhang'.split(
    ' ',
  );
const MAIL_DOMAINS = ['example.com', 'example.org', 'example.net'];
const AREA_CODES = ['202', '212', '303', '312', '415', '503', '617', '702', '808', '913'];
const ITEMS: readonly (readonly [name: string, cents: number])[] = [
  ['Standing desk', 48_900],
  ['Mechanical keyboard', 12_950],
  ['Noise-cancelling headphones', 27_900],
  ['USB-C dock', 18_490],
  ['Webcam', 7_995],
  ['Monitor arm', 10_900],
  ['Notebook, dotted', 1_450],
  ['Desk lamp', 5_990],
];
const STATUSES = ['placed', 'paid', 'packed', 'shipped', 'delivered', 'delivered', 'delivered', 'returned'];

/** A small seeded generator (xorshift32): the data needs to look varied, not to be unpredictable. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % limit;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  digits(count: number): string {
    return Array.from({ length: count }, () => String(this.below(10))).join('');
  }
  from(alphabet: string, count: number): string {
    return Array.from({ length: count }, () => alphabet[this.below(alphabet.length)] as string).join('');
  }
}

export function samplePeople(): readonly Person[] {
  const dice = new Dice(0x6a7e_0001);
  return Array.from({ length: PEOPLE }, (_, index) => {
    // Walking both lists at different speeds repeats a name only after 650 people.
    const given = GIVEN[index % GIVEN.length] as string;
    const family = FAMILY[(index + Math.floor(index / GIVEN.length)) % FAMILY.length] as string;
    const name = `${given} ${family}`;
    const mailbox = `${given}.${family}`.toLowerCase();
    const person = {
      id: index + 1,
      name,
      email: `${mailbox}@${dice.of(MAIL_DOMAINS)}`,
      phone: `+1-${dice.of(AREA_CODES)}-555-01${dice.digits(2)}`,
      card: cardNumber(dice),
      ssn: socialSecurityNumber(dice),
    };
    return { ...person, notes: note(dice, person) };
  });
}

export function sampleOrders(): readonly Order[] {
  const dice = new Dice(0x6a7e_0002);
  return Array.from({ length: ORDERS }, (_, index) => {
    const [item, cents] = dice.of(ITEMS);
    const quantity = 1 + dice.below(3);
    const atMs = FIRST_ORDER_MS + Math.floor((index * 300 * DAY_MS) / ORDERS) + dice.below(DAY_MS / 2);
    return {
      id: 1_000 + index,
      personId: 1 + dice.below(PEOPLE),
      item,
      quantity,
      totalCents: quantity * cents,
      status: dice.of(STATUSES),
      orderedAt: new Date(atMs).toISOString(),
    };
  });
}

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';

export function sampleSecrets(): readonly StoredSecret[] {
  const dice = new Dice(0x6a7e_0003);
  const claims = base64url({ iss: 'https://login.example.com', sub: 'svc-reports', exp: 1_893_456_000 });
  const values: readonly (readonly [name: string, service: string, value: string])[] = [
    ['warehouse-uploader', 'aws-access-key-id', `AKIA${dice.from(UPPER, 16)}`],
    ['warehouse-uploader', 'aws-secret-access-key', dice.from(`${ALPHANUMERIC}/+`, 40)],
    ['release-bot', 'github-token', `ghp_${dice.from(ALPHANUMERIC, 36)}`],
    ['package-publisher', 'npm-token', `npm_${dice.from(ALPHANUMERIC, 36)}`],
    ['checkout', 'stripe-key', `sk_test_${dice.from(ALPHANUMERIC, 24)}`],
    ['alerts', 'slack-token', `xoxb-${dice.digits(12)}-${dice.digits(12)}-${dice.from(ALPHANUMERIC, 24)}`],
    ['maps', 'google-api-key', `AIza${dice.from(`${ALPHANUMERIC}_-`, 35)}`],
    ['newsletter', 'sendgrid-key', `SG.${dice.from(ALPHANUMERIC, 22)}.${dice.from(ALPHANUMERIC, 43)}`],
    ['mirror', 'gitlab-token', `glpat-${dice.from(ALPHANUMERIC, 20)}`],
    ['reports', 'jwt', `${base64url({ alg: 'ES256', typ: 'JWT' })}.${claims}.${dice.from(ALPHANUMERIC, 86)}`],
    [
      'reports',
      'database-url',
      `postgres://reports:${dice.from(ALPHANUMERIC, 20)}@db.example.com:5432/reports`,
    ],
    ['backup', 'encryption-key', dice.from(HEX, 64)],
    ['deploy', 'ssh-private-key', privateKeyBlock(dice)],
    ['partner-feed', 'basic-password', `${dice.from(ALPHANUMERIC, 10)}!${dice.digits(3)}`],
  ];
  return values.map(([name, service, value], index) => ({ id: index + 1, name, service, value }));
}

/** ISO/IEC 7812: a test range of a network, and the check digit of Luhn's formula. */
function cardNumber(dice: Dice): string {
  const prefix = dice.of(['424242', '555555', '400000', '510510']);
  const digits = prefix + dice.digits(9);
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    // Counting from the right, with the check digit at 0, every odd place is doubled.
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return digits + String((10 - (sum % 10)) % 10);
}

/** In the form that is given out: no 000, 666 or 9xx area, no 00 group, no 0000 serial. */
function socialSecurityNumber(dice: Dice): string {
  const area = 1 + dice.below(665);
  const group = 1 + dice.below(99);
  const serial = 1 + dice.below(9_999);
  return `${String(area).padStart(3, '0')}-${String(group).padStart(2, '0')}-${String(serial).padStart(4, '0')}`;
}

/** What people write into free text, the sensitive parts where nobody expects them. */
function note(dice: Dice, person: { name: string; email: string; phone: string; card: string }): string {
  switch (dice.below(8)) {
    case 0:
      return `Prefers calls after 17:00 on ${person.phone}.`;
    case 1:
      return `Asked to send invoices to ${person.email} as well.`;
    case 2:
      return `Read card ${person.card.replace(/(.{4})(?=.)/g, '$1 ')} over the phone, charged once.`;
    case 3:
      return 'Ships to the office, second floor.';
    case 4:
      return 'Returning customer; free delivery agreed.';
    case 5:
      return `Complaint about a late parcel settled with ${person.name.split(' ')[0]} on the same day.`;
    default:
      return '';
  }
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function privateKeyBlock(dice: Dice): string {
  const lines = Array.from({ length: 5 }, () => dice.from(`${ALPHANUMERIC}/+`, 70));
  const label = 'OPENSSH PRIVATE KEY';
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}
