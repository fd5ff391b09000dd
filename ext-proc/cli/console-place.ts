/** Which console a command speaks to, and by which authorities it is verified. */
import { httpsOrLoopback, isLoopbackHost } from '../config/units.ts';
import { GatehouseError } from '../domain/errors.ts';
import { callerPath } from './paths.ts';
import { findRunning, placeConfig } from './places.ts';
import { trustAlso } from './http-access.ts';

export interface ConsoleOptions {
  readonly config?: string;
  /** Of a gate that does not run here. */
  readonly console?: string;
  /** Beside the authorities that this machine trusts. */
  readonly ca?: string;
}

export interface ConsolePlace {
  /** Without a slash at its end. */
  readonly url: string;
  /** `http://127.0.0.1:port` of the issuer that lets anybody be anybody; undefined where people prove who they are. */
  readonly developmentIssuer: string | undefined;
}

/** Throws `GH_NOT_RUNNING`, `GH_NO_CONSOLE`, or `GH_USAGE` for a URL that a session must not be sent to. */
export async function findConsole(options: ConsoleOptions): Promise<ConsolePlace> {
  await trustAlso(options.ca === undefined ? undefined : callerPath(options.ca));
  if (options.console !== undefined) {
    const url = checkedUrl(options.console);
    if (url === undefined)
      throw new GatehouseError('GH_USAGE', '--console must be an https URL; http is for this machine alone.');
    return { url, developmentIssuer: undefined };
  }
  const place = await findRunning(options.config);
  const { endpoints, mode } = place.run;
  const said = endpoints.console ?? (await placeConfig(place)).approvals?.console?.publicUrl;
  const url = said === undefined ? undefined : checkedUrl(said);
  if (url === undefined) {
    throw new GatehouseError(
      'GH_NO_CONSOLE',
      'This gate has no console (approvals.console in its configuration). Name another one: --console URL',
    );
  }
  const { issuer } = endpoints;
  const isDevelopment = mode === 'development' && issuer !== undefined && isHere(issuer) && isHere(url);
  return { url, developmentIssuer: isDevelopment ? issuer : undefined };
}

function checkedUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isWeb || url.username !== '' || url.password !== '' || !httpsOrLoopback(url.href))
    return undefined;
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

const isHere = (url: string): boolean =>
  isLoopbackHost((URL.parse(url)?.hostname ?? '').replace(/^\[|\]$/g, ''));
