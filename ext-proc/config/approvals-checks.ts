/** What of `approvals` needs more than one key to judge. Pure; a part of cross-checks.ts. */
import type { Finding } from './cross-checks.ts';
import { noSuch } from './problem.ts';
import type { RawConfig } from './schema.ts';
import { httpsOrLoopback, isLoopbackHost, parseAddress, type Address } from './units.ts';

const HTTPS_ONLY = 'must be an https URL; http is for loopback alone';
const isLoopback = (text: string): boolean => isLoopbackHost((parseAddress(text) as Address).host);

export function* approvalsFindings({ approvals, issuers }: RawConfig): Iterable<Finding> {
  if (approvals === undefined) return;
  const { store, notifications } = approvals;
  const { postgres } = store;
  if (postgres !== undefined && postgres.tls === undefined && !isLoopback(postgres.address)) {
    yield {
      path: ['approvals', 'store', 'postgres', 'tls'],
      message: 'is missing: without TLS the store is reached on loopback only',
    };
  }
  const console_ = approvals.console;
  if (console_ !== undefined) {
    if (!httpsOrLoopback(console_.publicUrl))
      yield { path: ['approvals', 'console', 'publicUrl'], message: HTTPS_ONLY };
    const known = issuers.map(({ issuer }) => issuer);
    if (!known.includes(console_.login.issuer)) {
      yield {
        path: ['approvals', 'console', 'login', 'issuer'],
        message: noSuch('issuer is configured under issuers', console_.login.issuer, known),
      };
    }
  }
  const hasPersons = issuers.some(({ claims }) => claims?.person !== undefined);
  for (const [index, { kind, url, secret, users }] of notifications.entries()) {
    const path = ['approvals', 'notifications', index] as const;
    if (!httpsOrLoopback(url)) yield { path: [...path, 'url'], message: HTTPS_ONLY };
    if (kind === 'webhook' && secret === undefined) {
      yield { path: [...path, 'secret'], message: 'is missing: a webhook is signed with it' };
    }
    for (const [user, { person }] of Object.entries(users)) {
      if (kind === 'teams' || (kind === 'slack' && secret === undefined)) {
        yield {
          path: [...path, 'users'],
          message:
            kind === 'teams'
              ? 'is not for teams: nothing can be decided there'
              : 'needs a secret: what comes from there is signed with it',
        };
        break;
      }
      // Two accounts of one person could else approve each other's requests.
      if (hasPersons && person === undefined) {
        yield {
          path: [...path, 'users', user, 'person'],
          message: 'is missing: an issuer has claims.person',
        };
      }
    }
  }
}
