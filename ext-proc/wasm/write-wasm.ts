/** Writes the module where masking takes it from. Run: node ext-proc/wasm/write-wasm.ts */
import { writeFile } from 'node:fs/promises';
import { builtWasm, WRITTEN_TO } from './build-wasm.ts';

await writeFile(WRITTEN_TO, await builtWasm());
