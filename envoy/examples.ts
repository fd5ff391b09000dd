/** The configurations in this folder that are rendered from envoy/examples: which, and from what. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../ext-proc/config/load.ts';
import { formatEnvoy, renderEnvoy } from './render/bootstrap.ts';
import { secretFiles, type EnvoyFile } from './render/watched-secrets.ts';

const SOURCES = new URL('./examples/', import.meta.url);
const SUFFIX = '.gatehouse.yaml';

export interface RenderedExample {
  readonly name: string;
  /** Where the rendered configuration is kept. */
  readonly file: string;
  readonly text: string;
  /** What Envoy watches beside it, as kept in the folder of the same name. */
  readonly secrets: readonly EnvoyFile[];
}

/** Every example as the code renders it now. */
export async function renderExamples(): Promise<readonly RenderedExample[]> {
  const names = (await readdir(SOURCES)).filter((each) => each.endsWith(SUFFIX)).toSorted();
  return Promise.all(
    names.map(async (source) => {
      const path = fileURLToPath(new URL(source, SOURCES));
      const config = parseConfig(await readFile(path, 'utf8'), path, { cores: 1, runtimeDirectory: '/run' });
      const name = source.slice(0, -SUFFIX.length);
      return {
        name,
        file: fileURLToPath(new URL(`./${name}.yaml`, import.meta.url)),
        text: formatEnvoy(renderEnvoy(config)),
        secrets: secretFiles(config),
      };
    }),
  );
}
