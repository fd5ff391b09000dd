/** Renders envoy/examples/*.gatehouse.yaml to envoy/*.yaml. Run: node envoy/write-examples.ts */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderExamples } from './examples.ts';

for (const { name, file, text, secrets } of await renderExamples()) {
  await writeFile(file, text);
  if (secrets.length === 0) continue;
  const folder = join(import.meta.dirname, name);
  await mkdir(folder, { recursive: true });
  for (const secret of secrets) await writeFile(join(folder, secret.name), secret.text);
}
