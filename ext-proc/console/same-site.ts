/**
 * Whether a request comes from the console's own page. A browser says so (Fetch metadata, `Origin`), and a page of another
 * site cannot say otherwise; whatever changes something asks for the session's token besides (`sessions.ts`).
 */
import type { IncomingMessage } from 'node:http';
import { ConsoleProblem } from './problem.ts';

const crossSite = (): ConsoleProblem =>
  new ConsoleProblem(403, 'GH_CONSOLE_CROSS_SITE', 'This request comes from another site.');

/** For data: a page of another site may not ask for it, nor lead a browser to it. Throws GH_CONSOLE_CROSS_SITE. */
export function requireOwnPage({ headers, method }: IncomingMessage, origin: string): void {
  const site = headers['sec-fetch-site'];
  const isRead = method === 'GET' || method === 'HEAD';
  // `none`: a person typed the address.
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && isRead)) throw crossSite();
  if (headers.origin !== undefined && headers.origin !== origin) throw crossSite();
}

/** For what changes something by cookie: a browser that says neither is none that we trust. */
export function requireProvenPage(request: IncomingMessage, origin: string): void {
  requireOwnPage(request, origin);
  if (request.headers['sec-fetch-site'] === undefined && request.headers.origin === undefined)
    throw crossSite();
}
