/** A person at the console without a browser: logs in at the development issuer as one does, and keeps cookies. */
import type { Me } from '../../ext-proc/console/api.ts';

export interface ConsoleClient {
  readonly cookie: string;
  /** Where the login led in the end. */
  readonly landedAt: string;
  readonly csrf: string;
  /** As the page does it. */
  get<T = Record<string, unknown>>(path: string): Promise<Answer<T>>;
  post<T = Record<string, unknown>>(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  delete(path: string): Promise<Answer<Record<string, unknown>>>;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

const BROWSER = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };

export async function logIn(url: string, email: string, returnTo = '/'): Promise<ConsoleClient> {
  const jar = new Map<string, Map<string, string>>();
  const go = async (target: string, init: RequestInit = {}): Promise<Response> => {
    const { host } = new URL(target);
    const cookies = jar.get(host) ?? new Map<string, string>();
    jar.set(host, cookies);
    const response = await fetch(target, {
      ...init,
      redirect: 'manual',
      headers: {
        ...(init.headers as Record<string, string>),
        cookie: [...cookies].map(([n, v]) => `${n}=${v}`).join('; '),
      },
    });
    for (const each of response.headers.getSetCookie()) {
      const [pair = ''] = each.split(';');
      const equals = pair.indexOf('=');
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return response;
  };
  const next = (response: Response, base: string): string =>
    new URL(response.headers.get('location') ?? fail(response), base).href;
  const fail = (response: Response): never => {
    throw new Error(`the login stopped at ${response.url} with ${response.status}`);
  };
  const toIssuer = next(await go(`${url}/login?return=${encodeURIComponent(returnTo)}`), url);
  const toChoice = next(await go(toIssuer), toIssuer);
  const chosen = await go(toChoice, { method: 'POST', body: new URLSearchParams({ email }) });
  const back = next(await go(next(chosen, toChoice)), toIssuer);
  const landed = await go(back);
  if (landed.status !== 303) throw new Error(`the login ended with ${landed.status}: ${await landed.text()}`);
  const own = jar.get(new URL(url).host) as Map<string, string>;
  const cookie = `__Host-gatehouse=${own.get('__Host-gatehouse')}`;
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...BROWSER,
        cookie,
        ...(method === 'GET' ? {} : { origin: url, 'x-gatehouse-csrf': csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as T,
    };
  };
  let csrf = '';
  csrf = (await call<Me>('GET', '/api/me')).body.csrf;
  return {
    cookie,
    landedAt: next(landed, url),
    csrf,
    get: (path) => call('GET', path),
    post: (path, body, headers) => call('POST', path, body, headers),
    delete: (path) => call('DELETE', path),
  };
}
