/**
 * `gatehouse envoy render`: a complete Envoy configuration from gatehouse.yaml, to a file or to whoever asked; with the
 * files beside it by which Envoy watches its certificates.
 */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { formatEnvoy, renderEnvoy } from '../../envoy/render/bootstrap.ts';
import { secretFiles, type EnvoyFile } from '../../envoy/render/watched-secrets.ts';
import { loadConfig } from '../config/load.ts';

export interface RenderEnvoyOptions {
  /** gatehouse.yaml. */
  readonly config: string;
  /** Written here, whole or not at all, and beside it what Envoy watches. Absent: only returned. */
  readonly output?: string;
  /** Envoy's `node.id`; default `gatehouse`. */
  readonly nodeId?: string;
}

export interface RenderedEnvoy {
  /** The configuration as YAML. */
  readonly text: string;
  /** Files that were written, the configuration first. */
  readonly written: readonly string[];
  /** What Envoy needs besides: these files, each in its directory of Envoy's host. */
  readonly beside: readonly Pick<EnvoyFile, 'name' | 'directory'>[];
}

/**
 * Rejects with `ConfigError` where gatehouse.yaml is not right, and with the file system's error where `output` cannot
 * be written.
 */
export async function renderEnvoyCommand({
  config,
  output,
  nodeId,
}: RenderEnvoyOptions): Promise<RenderedEnvoy> {
  const loaded = await loadConfig(config);
  const text = formatEnvoy(renderEnvoy(loaded, nodeId === undefined ? {} : { nodeId }));
  const secrets = secretFiles(loaded);
  const beside = secrets.map(({ name, directory }) => ({ name, directory }));
  if (output === undefined) return { text, written: [], beside };
  const target = resolve(output);
  const files = [
    // What the configuration names is there before it.
    ...secrets.map((secret) => ({ file: join(dirname(target), secret.name), text: secret.text })),
    { file: target, text },
  ];
  for (const each of files) await writeWhole(each.file, each.text);
  return { text, written: files.map(({ file }) => file).toReversed(), beside };
}

/** An Envoy that reads meanwhile finds the old file or the new one, never half of one, and a move is what it watches for. */
async function writeWhole(file: string, text: string): Promise<void> {
  const next = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    await writeFile(next, text, { mode: 0o644 });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** What is left to do for whoever rendered; undefined where nothing is. */
export function whatIsLeft({ written, beside }: RenderedEnvoy): string | undefined {
  const [file] = written;
  const elsewhere = beside.filter(({ directory }) => file === undefined || dirname(file) !== directory);
  if (elsewhere.length === 0) return undefined;
  const places = [...new Set(elsewhere.map(({ directory }) => directory))].map((directory) => {
    const names = elsewhere.filter((each) => each.directory === directory).map(({ name }) => name);
    return `${names.join(' and ')} in ${directory}`;
  });
  return file === undefined
    ? `Envoy also reads ${places.join(', ')}; --output FILE writes them beside FILE.`
    : `Envoy reads ${places.join(', ')} of its host: put them there.`;
}
