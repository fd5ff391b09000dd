/** A real Chromium for tests: the machine's own, driven through its debugging protocol. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { smallPng } from './small-png.ts';

/** GATEHOUSE_CHROMIUM, or what the PATH has; undefined where the machine has none. */
export const CHROMIUM: string | undefined = [
  process.env['GATEHOUSE_CHROMIUM'] ?? '',
  ...(process.env['PATH'] ?? '')
    .split(delimiter)
    .concat('/usr/bin')
    .flatMap((each) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(each, name))),
].find((file) => file !== '' && existsSync(file));

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM as string,
    // Its sandbox needs an account that is not root; what it opens here is our own.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** Where each state of the page is drawn: a folder of the tests', or by `npm run screenshots` the one of the documentation. */
const SCREENSHOTS =
  process.env['GATEHOUSE_SCREENSHOTS'] ?? join(import.meta.dirname, '../../.gatehouse/artifacts/console');

export async function draw(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const picture = await page.screenshot({ animations: 'disabled' });
  writeFileSync(join(SCREENSHOTS, `${name}.png`), smallPng(picture));
}

export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Every violation of the page's policy, and every script error, so far. */
  readonly faults: readonly string[];
}

/** A browser of its own for somebody, logged in at the console by clicking through the development issuer. */
export async function openConsole(
  browser: Browser,
  url: string,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const person = await openBrowser(browser, options);
  await person.page.goto(url);
  await person.page.getByRole('link', { name: 'Log in', exact: true }).click();
  await person.page.getByRole('button', { name: new RegExp(name) }).click();
  await person.page.getByRole('heading', { name: 'Pending' }).waitFor();
  return person;
}

export async function openBrowser(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  await context.exposeFunction('__fault', (text: string) => faults.push(text));
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => __fault('csp ' + event.violatedDirective + ' ' + event.blockedURI));`,
  );
  page.on('pageerror', (error) => faults.push(`error ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { context, page, faults };
}
