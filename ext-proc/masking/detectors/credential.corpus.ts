/** Secrets that their surroundings tell, and the many texts that speak of passwords without holding one. */
import type { Corpus, TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { ALPHANUMERIC, BASE64URL, LOWER, Random } from '../corpus/random.ts';

const random = new Random(1_235);

/** A text with `§` where the secret stands. */
const cased = (form: string, secret: string): TrueCase => ({ text: form.replace('§', () => secret), secret });

const PASSWORD_FORMS = [
  'password=§',
  'PGPASSWORD=§ psql',
  'password: §',
  'Password=§;Server=db',
  'pwd=§;uid=sa',
  '"password": "§"',
  '"password":"§"',
  "{'password': '§'}",
  "password = '§'",
  'db_password: "§"',
  'passwd=§',
  "ALTER ROLE app PASSWORD '§'",
  "CREATE USER app WITH PASSWORD '§' LOGIN",
  'MYSQL_ROOT_PASSWORD=§',
  '--password=§',
  'spring.datasource.password=§',
  '\\"password\\":\\"§\\"',
  'postgres://app:§@db.example.org:5432/main',
  'mongodb+srv://app:§@cluster0.example.net/?w=majority',
  'https://user:§@example.org/path',
  'redis://:§@localhost:6379/0',
];

const TOKEN_FORMS = [
  'api_key=§',
  '"apiKey": "§"',
  'API_KEY: §',
  'client_secret=§',
  '"client_secret":"§"',
  'access_token=§&x=1',
  'auth_token: "§"',
  'SECRET_KEY = "§"',
  'x-api-key: §',
  '"token":"§"',
  'Authorization: Bearer §',
  'authorization: bearer §',
  'refresh_token: §',
  'private_key = §',
];

const password = (): string =>
  `${random.text(ALPHANUMERIC, random.int(5, 12))}${random.pick(['!', '$', '#', '7', '9'])}${random.digits(1)}`;

const byHand: readonly TrueCase[] = [
  cased('{"user":"app","password":"letmein"}', 'letmein'),
  cased('{"password":"hunter2"}', 'hunter2'),
  cased('Authorization: Basic YWxpY2U6aHVudGVyMg==', 'YWxpY2U6aHVudGVyMg=='),
  cased(
    '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW',
    '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW',
  ),
  cased(
    'alice:$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG',
    '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG',
  ),
  cased(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=',
  ),
  cased('md5a94a8fe5ccb19ba61c4c0873d391e987', 'md5a94a8fe5ccb19ba61c4c0873d391e987'),
  cased(`$6$rounds=5000$saltsalt$${random.text(ALPHANUMERIC, 86)}`, 'saltsalt'),
  cased(
    `pbkdf2_sha256$600000$${random.text(ALPHANUMERIC, 22)}$${random.text(ALPHANUMERIC, 43)}=`,
    'pbkdf2_sha256$600000$',
  ),
];

const falseByHand: readonly string[] = [
  'password',
  'password: string',
  'password: string;',
  'password VARCHAR(255) NOT NULL',
  'password text',
  '"password": "Password"',
  '"password": "Enter your password"',
  '"password": "Passwort"',
  '"password": "********"',
  '"password": ""',
  '"password": null',
  '"password": true',
  '"password":"${DB_PASSWORD}"',
  "password: '{{ vault_password }}'",
  'password=<your password>',
  'password=$PASSWORD',
  'password=%PASSWORD%',
  'password = getPassword()',
  'password = process.env.PASSWORD',
  'password: req.body.password',
  'const password = await prompt("Password: ");',
  'if (password === undefined) return;',
  'password.length >= 8',
  'passwords must have at least 8 characters',
  'Forgot your password? Click here.',
  '<input type="password" name="password" id="password1">',
  'ALTER ROLE app PASSWORD NULL',
  'FATAL: password authentication failed for user "app"',
  'password_encryption = scram-sha-256',
  'token = tokens[index]',
  'token: Token',
  'const token = parser.nextToken();',
  'secret: boolean',
  'the secret of success: hard work and 10,000 hours',
  'api_key: str = None',
  'api_key = os.environ["API_KEY"]',
  'Authorization: Bearer <token>',
  'Authorization: Bearer $TOKEN',
  'bearer of good news, whoever that may be',
  'basic understanding of SQL',
  'Basic authentication is off',
  'https://example.org:8080/path@2x',
  'https://example.org/a:b/c@d',
  'http://localhost:3000',
  'postgres://localhost:5432/app',
  'postgres://app@db/main',
  'postgres://app:${PASSWORD}@db/main',
  'postgres://app:***@db/main',
  'ssh://git@host:22/repository',
  '$1 and $2 are parameters, $2b too',
  '$6.50 for 3 items',
  '$5$',
  'md5(password)',
  'md5sum file',
  "SELECT md5('x')",
  'token_count: 123456789012345678',
  'max_tokens=4096',
  'tokens: 1234567890123456',
  'secret_name: my-application-database-credentials',
  'access_key_id',
  'token_type=bearer',
  'pwd: /home/user/project',
  'PWD=/usr/local/share/doc2',
  'csrf_token: none',
  'password_changed_at: 2026-03-01T10:20:30Z',
  'reset_password_url: https://example.org/reset/123',
  'secretmanager.googleapis.com/projects/1234567890/secrets',
];

export const CREDENTIAL_CORPUS: Corpus = {
  kind: 'credential',
  trueCases: [
    ...byHand,
    ...PASSWORD_FORMS.flatMap((form) => [
      cased(form, password()),
      cased(form, password()),
      cased(form, password()),
    ]),
    ...TOKEN_FORMS.flatMap((form) => [
      cased(form, random.text(ALPHANUMERIC, 32)),
      cased(form, random.hex(40)),
      cased(form, random.text(BASE64URL, 43)),
    ]),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 40 },
      () => `${random.pick(['password', 'secret', 'token'])}: ${random.text(LOWER, random.int(3, 12))}`,
    ),
    ...Array.from(
      { length: 30 },
      () =>
        `const ${random.pick(['password', 'secret', 'token'])} = ${random.text(LOWER, 6)}.${random.text(LOWER, 8)};`,
    ),
    ...ordinaryTexts(12, 150),
    ...lookAlikes(random, 200),
  ],
  // A plain word behind an unquoted name, and what only a reader understands.
  unfound: [
    cased('password: §', 'hunter'),
    cased('the password is §', 'hunter2'),
    cased('log in as alice / §', 'hunter2'),
    cased('PIN §', '4711'),
  ],
  // An identifier that is called a token is a secret as likely as not.
  mistaken: ['"token": "550e8400e29b41d4a716446655440000"', 'next_page_token=CAUQAA1b2c3d4e5f6g7h8'],
};
