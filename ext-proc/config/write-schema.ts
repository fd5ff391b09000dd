/** Writes docs/gatehouse.schema.json from schema.ts. Run: node ext-proc/config/write-schema.ts */
import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from './schema.ts';

await writeFile(
  new URL('../../docs/gatehouse.schema.json', import.meta.url),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
);
