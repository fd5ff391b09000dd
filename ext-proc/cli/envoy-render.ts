/**
 * `gatehouse envoy render`: a complete Envoy configuration from gatehouse.yaml, to a file or to whoever asked.
 */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatEnvoy, renderEnvoy } from '../../envoy/render/bootstrap.ts';
import { loadConfig } from '../config/load.ts';

export interface RenderEnvoyOptions {
  /** gatehouse.yaml. */
  readonly config: string;
  /** Written here, whole or not at all. Absent: only returned. */
  readonly output?: string;
  /** Envoy's `node.id`; default `gatehouse`. */
  readonly nodeId?: string;
}

/**
 * The configuration as YAML. Rejects with `ConfigError` where gatehouse.yaml is not right, and with the file system's
 * error where `output` cannot be written.
 */
export async function renderEnvoyCommand({ config, output, nodeId }: RenderEnvoyOptions): Promise<string> {
  const text = formatEnvoy(renderEnvoy(await loadConfig(config), nodeId === undefined ? {} : { nodeId }));
  if (output === undefined) return text;
  const target = resolve(output);
  // An Envoy that starts meanwhile reads the old file or the new one, never half of one.
  const next = `${target}.${randomUUID()}`;
  try {
    await writeFile(next, text, { mode: 0o644 });
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  return text;
}
