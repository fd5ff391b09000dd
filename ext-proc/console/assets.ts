/**
 * The page's files, read once at the start and served from memory: no path of a request ever reaches the disk. Scripts are
 * TypeScript like everything else, and Node takes their types away; the few packages are named by their place here.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Call, Reply } from './call.ts';
import { notFound } from './problem.ts';

const EXT_PROC = join(import.meta.dirname, '..');
/** Below `/assets/`, where they are below ext-proc: so that what imports what is the same for Node and for the browser. */
const FILES: readonly string[] = [
  ...['style.css', 'icon.svg'].map((name) => `console/page/${name}`),
  ...[
    'app',
    'api-client',
    'approval-detail',
    'approval-list',
    'approvals-view',
    'confirm',
    'decision-form',
    'evidence-rows',
    'grants-view',
    'html',
    'keyboard',
    'live-events',
    'marked-text',
    'navigation',
    'notices',
    'search-view',
    'session-frame',
    'sessions-view',
    'time',
    'timeline-view',
  ].map((name) => `console/page/${name}.ts`),
  ...['code-point-names', 'far-apart', 'look-alikes', 'visible-text'].map(
    (name) => `domain/approvals/${name}.ts`,
  ),
];

const PACKAGES: Readonly<Record<string, string>> = {
  preact: 'preact',
  'preact/hooks': 'preact/hooks',
  htm: 'htm',
};

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  ts: 'text/javascript; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

interface Asset {
  readonly body: Buffer;
  readonly etag: string;
  readonly type: string;
}

export interface Assets {
  /** A file below `/assets/`. Throws GH_CONSOLE_NOT_FOUND. */
  readonly file: (call: Call) => Promise<Reply>;
  /** The page, whatever view of it the path names. */
  readonly page: (call: Call) => Promise<Reply>;
}

export function readAssets(): Assets {
  const assets = new Map<string, Asset>();
  for (const file of FILES)
    assets.set(`/assets/${file}`, assetOf(file, readFileSync(join(EXT_PROC, file), 'utf8')));
  for (const [specifier, place] of Object.entries(PACKAGES)) {
    const source = readFileSync(fileURLToPath(import.meta.resolve(specifier)), 'utf8');
    assets.set(packagePath(place), assetOf(`${place}.ts`, source));
  }
  const page = assetOf('index.html', readFileSync(join(EXT_PROC, 'console/page/index.html'), 'utf8'));
  return {
    file: ({ request, url }) => {
      const asset = assets.get(url.pathname);
      if (asset === undefined) throw notFound();
      return Promise.resolve(replyOf(asset, request.headers['if-none-match']));
    },
    page: ({ request }) => Promise.resolve(replyOf(page, request.headers['if-none-match'])),
  };
}

const packagePath = (place: string): string => `/assets/packages/${place}.js`;

function assetOf(name: string, source: string): Asset {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const text = extension === 'ts' ? script(name, source) : source;
  const body = Buffer.from(text);
  return {
    body,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    type: TYPES[extension] as string,
  };
}

/** A package's own file has no types; either names packages, which a browser finds by their path alone. */
function script(name: string, source: string): string {
  const plain = name.includes('/page/') || name.startsWith('domain/') ? stripTypeScriptTypes(source) : source;
  return plain
    .replace(
      /\bfrom\s*(['"])(preact|preact\/hooks|htm)\1/g,
      (_, quote: string, specifier: string) =>
        `from ${quote}${packagePath(PACKAGES[specifier] as string)}${quote}`,
    )
    .replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

function replyOf({ body, etag, type }: Asset, known: string | undefined): Reply {
  const headers = { etag, 'cache-control': 'no-cache' };
  if (known === etag) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'content-type': type }, body };
}
