/** Wires what tells places outside of requests, and what takes decisions from there; both are the console's to run. */
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import type { ApprovalsConfig, ConsoleConfig, NotificationChannelConfig } from './config/approvals-config.ts';
import type { DecideDeps } from './console/decide.ts';
import type { Channel } from './console/notifications/channel.ts';
import { NotificationDelivery } from './console/notifications/delivery.ts';
import { InboundDecisions } from './console/notifications/inbound.ts';
import { readWebhookSecrets } from './console/notifications/standard-webhooks.ts';
import { assertNever, GatehouseError } from './domain/errors.ts';
import { revealSecret, Secret } from './domain/secret.ts';

export interface ComposedNotifications {
  readonly inbound: InboundDecisions;
  close(): Promise<void>;
}

/** Rejects with GH_WEBHOOK_SECRET, or GH_CREDENTIAL_UNAVAILABLE where a secret cannot be read. */
export async function composeNotifications(
  { notifications }: Pick<ApprovalsConfig, 'notifications'>,
  { publicUrl, login }: Pick<ConsoleConfig, 'publicUrl' | 'login'>,
  deps: DecideDeps,
): Promise<ComposedNotifications> {
  const channels = await Promise.all(notifications.map(readChannel));
  const delivery = new NotificationDelivery({ ...deps, channels, publicUrl });
  return {
    inbound: new InboundDecisions({ ...deps, channels, loginIssuer: login.issuer }),
    close: () => delivery.close(),
  };
}

async function readChannel(config: NotificationChannelConfig): Promise<Channel> {
  const { name, kind, url, users } = config;
  const secret = config.secret === undefined ? undefined : await readSecretSource(config.secret);
  switch (kind) {
    case 'webhook':
      if (secret === undefined) throw noSecret(name);
      return { name, kind, url, users, secrets: readWebhookSecrets(revealSecret(secret)) };
    case 'slack': {
      const signing = secret === undefined ? '' : revealSecret(secret).trim();
      if (secret !== undefined && signing === '') throw noSecret(name);
      return { name, kind, url, users, secret: secret === undefined ? undefined : new Secret(signing) };
    }
    case 'teams':
      return { name, kind, url, users };
    default:
      return assertNever(kind);
  }
}

const noSecret = (name: string): GatehouseError =>
  new GatehouseError('GH_WEBHOOK_SECRET', 'The secret of a channel is not in form.', {
    message: `approvals.notifications: the secret of ${name} is empty or missing`,
  });
