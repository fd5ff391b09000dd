/** How a client of this machine logs in at the gate: where, as whom, with which token and which certificates. */
import { GatehouseError } from '../domain/errors.ts';
import { devCaFile } from '../embedded/dev-places.ts';
import { findRunning, placeConfig } from './places.ts';
import { token } from './token.ts';

export interface ConnectOptions {
  readonly config?: string;
  readonly subject: string;
  readonly groups: string;
  readonly for?: string;
  readonly ttl: string;
  readonly listener?: string;
  readonly database?: string;
}

export interface GateLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly token: string;
  readonly database: string | undefined;
  readonly tls: boolean;
  /** Of the development stack; elsewhere the machine's own authorities are asked. */
  readonly caFile: string | undefined;
}

/**
 * The token is the development issuer's, or what GATEHOUSE_TOKEN holds. Throws `GH_NOT_RUNNING`, `GH_NO_LISTENER` or
 * `GH_NO_TOKEN`.
 */
export async function formGateLogin(options: ConnectOptions): Promise<GateLogin> {
  const place = await findRunning(options.config);
  const config = await placeConfig(place);
  const listener = config.listeners.find(
    ({ name }) => options.listener === undefined || name === options.listener,
  );
  if (listener === undefined) {
    const names = config.listeners.map(({ name }) => name).join(', ');
    throw new GatehouseError(
      'GH_NO_LISTENER',
      `There is no listener ${options.listener ?? ''}; there is ${names}.`,
    );
  }
  const isDevelopment = place.run.mode === 'development';
  const own = process.env['GATEHOUSE_TOKEN'];
  if (own === undefined && !isDevelopment) {
    throw new GatehouseError('GH_NO_TOKEN', "Put a token of the gate's issuer into GATEHOUSE_TOKEN.");
  }
  const upstream = config.upstreams.find(({ name }) => name === listener.upstream);
  return {
    host: isDevelopment ? 'localhost' : listener.address.host,
    port: listener.address.port,
    user: options.subject,
    token: own ?? (await token(options)),
    database: options.database ?? upstream?.databases?.[0],
    tls: listener.tls !== undefined,
    caFile: isDevelopment ? devCaFile(place.stateDirectory) : undefined,
  };
}
