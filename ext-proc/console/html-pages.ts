/** The pages that the server writes by itself, around the login: no script, nothing from elsewhere. */
import { contentSecurityPolicy } from './security-headers.ts';
import type { Reply } from './call.ts';
import { escapeHtml } from './html-text.ts';

export interface SmallPage {
  readonly status: number;
  readonly title: string;
  /** HTML. */
  readonly content: string;
  /** Origins that a form on it leads to in the end. */
  readonly formTargets?: readonly string[];
}

export function smallPage({ status, title, content, formTargets = [] }: SmallPage): Reply {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(formTargets),
      // A form says where it comes from.
      'referrer-policy': 'same-origin',
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${escapeHtml(title)} · Gatehouse</title>
<link rel="stylesheet" href="/assets/console/page/style.css"><link rel="icon" href="/assets/console/page/icon.svg"></head>
<body class="small-page"><main><p class="brand"><img src="/assets/console/page/icon.svg" alt="" width="28" height="28"> Gatehouse</p>
<h1>${escapeHtml(title)}</h1>
${content}</main></body></html>
`,
  };
}
