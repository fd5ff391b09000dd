/** The development issuer's one page: choose who you are. No script, nothing loaded from elsewhere. */
import { escapeHtml } from '../../console/html-text.ts';
import type { Person } from './people.ts';

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 4rem auto; padding: 0 1rem; color: #1c2430 }
  h1 { font-size: 1.25rem } p { color: #55606f }
  button { display: block; width: 100%; text-align: left; margin: .5rem 0; padding: .75rem 1rem; font: inherit;
    border: 1px solid #c6ccd4; border-radius: .5rem; background: #fff; cursor: pointer }
  button:hover, button:focus-visible { border-color: #2456c7; outline: 2px solid #2456c733 }
  small { display: block; color: #55606f }
`;

/** What the page is sent with: it needs one style of its own and a form to this origin. */
export const LOGIN_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** `client` is the name of the application that asks. The form posts back to the page's own address. */
export function loginPage(people: readonly Person[], client: string): string {
  const choices = people.map(
    ({ email, name, groups }) =>
      `<button name="email" value="${escapeHtml(email)}">${escapeHtml(name)}<small>${escapeHtml(email)} · ${escapeHtml(groups.join(', '))}</small></button>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Development login</title><style>${STYLE}</style></head>
<body><h1>Who are you?</h1>
<p>${escapeHtml(client)} asks. This is Gatehouse's development issuer: it asks for no password and runs on loopback only.</p>
<form method="post">${choices.join('\n')}</form></body></html>`;
}
