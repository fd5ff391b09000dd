/**
 * A person's login at the development issuer without a browser: does what a browser and its person would, and nothing that
 * an issuer with passwords would let through. Only for a console and an issuer on this machine.
 */
import { GatehouseError } from '../domain/errors.ts';

const TIMEOUT_MS = 15_000;
const STEPS_MAX = 12;
const PAGE_CHARACTERS_MAX = 262_144;
/** Nobody listens there: the code is read from where it leads. */
const PORT = 65_535;

/** The code that the console gives for the terminal's challenge. Rejects with GH_LOGIN_PERSON or GH_LOGIN_DEVELOPMENT. */
export async function developmentCode(
  consoleUrl: string,
  issuer: string,
  challenge: string,
  person: string,
): Promise<string> {
  const browser = new Browser([new URL(consoleUrl).origin, new URL(issuer).origin]);
  const start = `${consoleUrl}/login/terminal?port=${PORT}&challenge=${challenge}`;
  const form = await browser.open(start);
  // The issuer's own page: it asks who one is, on its own address.
  if (new URL(form.url).origin !== new URL(issuer).origin)
    throw unexpected('it did not lead to the development issuer');
  const asked = await browser.open(form.url, new URLSearchParams({ email: person }));
  if (asked.status === 400) {
    throw new GatehouseError(
      'GH_LOGIN_PERSON',
      'The development issuer knows no such person; one is bob@example.com.',
    );
  }
  const csrf = /name="csrf" value="([A-Za-z0-9_.-]+)"/.exec(asked.text)?.[1];
  if (asked.status !== 200 || csrf === undefined)
    throw unexpected(`the console answered with ${asked.status}`);
  const end = await browser.open(
    `${consoleUrl}/login/terminal/confirm`,
    new URLSearchParams({ port: String(PORT), challenge, csrf }),
  );
  const code = URL.parse(end.url)?.searchParams.get('code');
  if (code === null || code === undefined) throw unexpected('there was no code at the end');
  return code;
}

interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** Follows redirects within its origins and keeps their cookies; one that leads elsewhere is where it ends. */
class Browser {
  readonly #origins: readonly string[];
  readonly #cookies = new Map<string, Map<string, string>>();

  constructor(origins: readonly string[]) {
    this.#origins = origins;
  }

  async open(address: string, form?: URLSearchParams): Promise<Page> {
    let url = address;
    let body = form;
    for (let step = 0; step < STEPS_MAX; step++) {
      const { origin } = new URL(url);
      if (!this.#origins.includes(origin)) return { url, status: 0, text: '' };
      const answer = await this.#send(url, origin, body);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || location === null) {
        const text = (await answer.text()).slice(0, PAGE_CHARACTERS_MAX);
        return { url, status: answer.status, text };
      }
      await answer.body?.cancel();
      url = new URL(location, url).href;
      body = undefined;
    }
    throw unexpected('it led in circles');
  }

  async #send(url: string, origin: string, body: URLSearchParams | undefined): Promise<Response> {
    const cookies = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body }),
      headers: { ...(cookie === '' ? {} : { cookie }), ...(body === undefined ? {} : { origin }) },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw unexpected(`${origin} does not answer`, cause);
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
}

const unexpected = (what: string, cause?: unknown): GatehouseError =>
  new GatehouseError(
    'GH_LOGIN_DEVELOPMENT',
    `The login at the development issuer failed: ${what}. Try it in a browser, without --user.`,
    cause === undefined ? {} : { cause },
  );
