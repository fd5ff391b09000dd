/**
 * Reads gatehouse.yaml: YAML with places, the schema, the checks between keys, then values. Every problem of the
 * file is reported at once, with its line. An unknown key stops the start.
 */
import { readFile, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { Document, Node, Pair } from 'yaml';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { GatehouseConfig } from './config.ts';
import { crossChecks } from './cross-checks.ts';
import type { ConfigProblem, KeyPath } from './problem.ts';
import { closest, ConfigError, formatPath } from './problem.ts';
import type { Machine } from './resolve.ts';
import { resolveConfig } from './resolve.ts';
import { configJsonSchema, configSchema } from './schema.ts';
import { longestSocketPathBytes, SOCKET_PATH_BYTES_MAX } from './socket-paths.ts';

/** A configuration is words, not data: more than this is a mistake. */
const FILE_BYTES_MAX = 1_048_576;

/**
 * The configuration in `file`, resolved.
 * Rejects with `ConfigError`: `GH_CONFIG_UNREADABLE` where the file cannot be read, `GH_CONFIG_INVALID` with every
 * problem otherwise. Referenced files (certificates, secrets, the bundle) are not opened here.
 */
export async function loadConfig(file: string): Promise<GatehouseConfig> {
  const path = resolve(file);
  let text: string;
  try {
    if ((await stat(path)).size > FILE_BYTES_MAX)
      throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const message = `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Give the path of a gatehouse.yaml`;
    throw new ConfigError('GH_CONFIG_UNREADABLE', path, [{ path: '', line: 0, column: 0, message }], cause);
  }
  return parseConfig(text, path, thisMachine());
}

function thisMachine(): Machine {
  return { cores: availableParallelism(), runtimeDirectory: process.env['XDG_RUNTIME_DIR'] ?? tmpdir() };
}

/** The configuration in `text`, as if read from `file` (an absolute path). Throws `ConfigError`. */
export function parseConfig(text: string, file: string, machine: Machine): GatehouseConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    version: '1.2',
  });
  const places = new Places(document, lines);
  const fail = (problems: readonly ConfigProblem[]): never => {
    throw new ConfigError('GH_CONFIG_INVALID', file, problems);
  };
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    fail(
      syntax.map((error) => ({
        path: '',
        ...places.at(error.pos[0]),
        message: `not valid YAML: ${error.message}`,
      })),
    );
  }
  const content: unknown = document.toJS({ maxAliasCount: 20 });
  const shape = configSchema.safeParse(content);
  if (!shape.success) {
    const problems = shape.error.issues.flatMap((issue) => shapeProblems(issue, content, places));
    return fail(places.sorted(problems));
  }
  const found = crossChecks(shape.data).map(({ path, message }) => places.problem(path, message));
  if (found.length > 0) fail(places.sorted(found));
  const config = resolveConfig(shape.data, file, machine);
  const { service, upstreams, httpUpstreams, approvals } = config;
  const pathBytes = longestSocketPathBytes(
    service.socketDirectory,
    service.workers,
    upstreams.map(({ name }) => name),
    approvals === undefined ? [] : httpUpstreams.map(({ name }) => name),
  );
  if (pathBytes > SOCKET_PATH_BYTES_MAX) {
    const message = `is too long: a socket in it would have a path of ${pathBytes} bytes, and ${SOCKET_PATH_BYTES_MAX} is the most; choose a shorter directory`;
    fail([places.problem(['service', 'socketDirectory'], message)]);
  }
  return config;
}

/** Where keys and values stand in the file. */
class Places {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  at(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** The place of a path's last key; of the nearest key above it where it is absent. */
  problem(path: KeyPath, message: string): ConfigProblem {
    return { path: formatPath(path), ...this.at(this.#offset(path)), message };
  }

  /** In the file's order, and one a key: the first rule that a value breaks explains the others. */
  sorted(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
    const first = problems.filter(
      (each, index) => problems.findIndex(({ path }) => path === each.path) === index,
    );
    return first.toSorted((one, other) => one.line - other.line || one.column - other.column);
  }

  #offset(path: KeyPath): number {
    let node: unknown = this.#document.contents;
    let offset = (node as Node | null)?.range?.[0] ?? 0;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          (each: Pair) => String((each.key as { value?: unknown } | null)?.value) === String(part),
        );
        if (pair === undefined) return offset;
        offset = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(part)] as Node | undefined;
        if (item === undefined) return offset;
        offset = item.range?.[0] ?? offset;
        node = item;
      } else {
        return offset;
      }
    }
    return offset;
  }
}

type Issue = z.core.$ZodIssue;

function shapeProblems(issue: Issue, content: unknown, places: Places): readonly ConfigProblem[] {
  const path = issue.path as KeyPath;
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(path, content);
    return issue.keys.map((key) => {
      const meant = closest(key, allowed);
      return places.problem(
        [...path, key],
        `unknown key${meant === undefined ? '.' : `; did you mean ${meant}?`} Allowed here: ${allowed.join(', ')}`,
      );
    });
  }
  if (issue.code === 'invalid_key') return issue.issues.map((each) => places.problem(path, each.message));
  return [places.problem(path, describeIssue(issue))];
}

function describeIssue(issue: Issue): string {
  const absent = issue.input === undefined;
  switch (issue.code) {
    case 'invalid_type': {
      const expected = TYPE_WORDS[issue.expected] ?? `a ${issue.expected}`;
      if (/received undefined$/.test(issue.message)) return `is missing; it must be ${expected}`;
      return issue.message.startsWith('Invalid input') ? `must be ${expected}` : issue.message;
    }
    case 'too_small':
      if (issue.message.startsWith('must')) return issue.message;
      return issue.origin === 'array'
        ? `must have at least ${issue.minimum} entry`
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.message.startsWith('must')) return issue.message;
      return issue.origin === 'string'
        ? `must be at most ${issue.maximum} characters long`
        : `must be at most ${issue.maximum}`;
    default:
      return absent && issue.message === 'Invalid input' ? 'is missing' : issue.message;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

interface JsonSchemaNode {
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly items?: JsonSchemaNode;
  /** Forms of which `protocol` says the one that is meant. */
  readonly oneOf?: readonly JsonSchemaNode[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

/** The keys that the schema has at a path of the file. */
function allowedKeys(path: KeyPath, content: unknown): readonly string[] {
  let node = configJsonSchema() as JsonSchemaNode | undefined;
  let value: unknown = content;
  for (const part of path) {
    node = typeof part === 'number' ? node?.items : node?.properties?.[String(part)];
    value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
    const protocol = (value as { readonly protocol?: unknown } | undefined)?.protocol;
    node = node?.oneOf?.find((form) => isOf(form.properties?.['protocol'], protocol)) ?? node;
  }
  return Object.keys(node?.properties ?? {});
}

const isOf = (node: JsonSchemaNode | undefined, value: unknown): boolean =>
  node?.const === value || node?.enum?.includes(value) === true;
