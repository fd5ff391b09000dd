/** `gatehouse connect curl`: a command to paste, with the gate's CA and a fresh token. */
import { createSystemClock } from '../adapters/system-clock.ts';
import { createAccessToken } from './access-token.ts';
import { findHttpAccess, type HttpAccessOptions } from './http-access.ts';
import { shellQuoted } from './shell-quoted.ts';

/** `path` with its query; `args` are more of curl's. Throws what `findHttpAccess` and the token's source throw. */
export async function connectCurl(
  path: string,
  args: readonly string[],
  options: HttpAccessOptions,
): Promise<string> {
  const { url, caFile } = await findHttpAccess('http', options);
  const token = await createAccessToken(options, createSystemClock().nowMs).current();
  return curlCommand({ url: new URL(path, url).href, caFile, token, args });
}

/** `-sS`: an error is said, a progress meter is not. */
export function curlCommand(request: {
  readonly url: string;
  readonly caFile: string | undefined;
  readonly token: string;
  readonly args?: readonly string[];
}): string {
  const { url, caFile, token, args = [] } = request;
  return [
    'curl -sS',
    ...(caFile === undefined ? [] : [`--cacert ${shellQuoted(caFile)}`]),
    `-H ${shellQuoted(`Authorization: Bearer ${token}`)}`,
    ...args.map(shellQuoted),
    shellQuoted(url),
  ].join(' ');
}
