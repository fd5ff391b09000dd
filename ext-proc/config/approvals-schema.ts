/** The keys of gatehouse.yaml that are about approvals: the store, its key, the console, and where requests are told. */
import { z } from 'zod';
import { address, duration, fileReference, name, secretSource, text, url } from './forms.ts';
import { clientTls } from './shared-schema.ts';

const postgres = z
  .strictObject({
    address: address().describe('The server.'),
    database: text().max(63).describe('A database of its own; the tables are made where missing.'),
    user: text().max(63).describe('A role that may create tables there.'),
    password: secretSource('Its password.').optional(),
    tls: z
      .strictObject({
        mode: z
          .enum(['prefer', 'require', 'verify-full'], { error: 'must be prefer, require or verify-full' })
          .default('verify-full')
          .describe("As libpq's sslmode."),
        ca: fileReference('The CA of its certificate (PEM). Default: the CAs that Node trusts.').optional(),
        serverName: text()
          .optional()
          .describe('The name that the certificate must carry. Default: the host of address.'),
      })
      .optional()
      .describe('TLS towards it. Absent: without, on loopback only.'),
  })
  .describe('A PostgreSQL server for the workers of a fleet.');

const store = z
  .strictObject({ postgres: postgres.optional() })
  .prefault({})
  .describe(
    'Where requests and decisions are kept. Default: approvals.db in the state directory, for the workers of one machine.',
  );

const groups = (what: string) => z.array(text()).default([]).describe(what);

const console_ = z
  .strictObject({
    address: address().describe('Where the console listens.'),
    publicUrl: url('https').describe(
      'What people type, and what links in notifications lead to. https, or http on loopback.',
    ),
    tls: clientTls(
      'TLS of the console. Absent: plaintext, on loopback or behind a proxy of yours.',
    ).optional(),
    login: z
      .strictObject({
        issuer: url('https').describe('The OpenID provider that people log in at; one of issuers.'),
        clientId: text().describe('The client that the console is there.'),
        clientSecret: secretSource('Its secret. Absent: a public client, with PKCE alone.').optional(),
        scopes: z.array(text()).default(['openid', 'profile', 'email']).describe('What it asks for.'),
      })
      .describe('How people log in: authorization code with PKCE.'),
    roles: z
      .strictObject({
        reviewer: groups('Groups that may see requests and live sessions; who decides what is policy’s.'),
        auditor: groups('Groups that may see everything and decide nothing.'),
        admin: groups('Groups that may besides revoke grants and end sessions.'),
      })
      .prefault({})
      .describe('Who may do what in the console.'),
    evidence: z
      .strictObject({
        user: text().describe('A user with the role gatehouse_auditor.'),
        password: secretSource('Its password.').optional(),
      })
      .optional()
      .describe(
        'Who reads the evidence in ClickHouse. Default: the user of audit.clickhouse, which may not be allowed to; the embedded one has a user for it.',
      ),
    session: duration().default('8h').describe('How long a login lasts at most.'),
  })
  .describe("The reviewers' and auditors' page, and the API of the terminal's commands.");

const outsideReviewer = z
  .strictObject({
    subject: text().max(512).describe("Who that is: the subject that the console's login has for them."),
    groups: groups('Groups of theirs. What is here counts, whatever the issuer says meanwhile.'),
    accounts: groups('Other names of theirs, none of which may be the one who asks.'),
    person: text()
      .max(512)
      .optional()
      .describe('What claims.person has for them; required where an issuer has that claim.'),
  })
  .describe('A person.');

const notification = z
  .strictObject({
    name: name().describe('Names the channel in the audit.'),
    kind: z
      .enum(['webhook', 'slack', 'teams'], { error: 'must be webhook, slack or teams' })
      .describe('webhook: signed as Standard Webhooks says. slack and teams: messages of theirs.'),
    url: url('https').describe('Where messages are posted. https, or http on loopback.'),
    secret: secretSource(
      'webhook: the secret that signs both ways (whsec_…). slack: the signing secret of the app whose buttons decide.',
    ).optional(),
    groups: z.array(text()).min(1).default(['*']).describe('Only requests that these groups may decide.'),
    users: z
      .record(text().max(256), outsideReviewer)
      .default({})
      .describe(
        "Who may decide from there, by the name that the channel has for them: Slack's member id, or reviewer.subject of a webhook. Absent: nobody.",
      ),
  })
  .describe('A place where requests are told.');

export const approvals = z
  .strictObject({
    store,
    key: secretSource(
      'At least 32 bytes that workers and the console share; whoever has them can approve anything.',
    ),
    console: console_.optional(),
    notifications: z.array(notification).default([]).describe('Where requests are told, beside the console.'),
    pendingPerPrincipal: z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe('Requests of one principal that may wait at once; more are refused.'),
    pendingMax: z.int().min(1).max(100_000).default(2_000).describe('The same of all together.'),
    noticeInterval: duration().default('30s').describe('How often a client that waits is told so again.'),
  })
  .describe('Human approval of what policy holds. Absent: what policy holds is denied.');
