/** Builds the module of `assembly/`, as text that a source file can hold. */
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** Beside what it is built for: masking does no I/O, and so has it as a source. */
export const WRITTEN_TO = fileURLToPath(new URL('../masking/wasm-bytes.ts', import.meta.url));

const SOURCE = fileURLToPath(new URL('assembly/index.ts', import.meta.url));
/** Of 64 kB: what layout.ts lays out, and no more. */
const PAGES = '10';
const LINE_CHARACTERS = 100;

/** The file with the module. Throws where the sources do not compile, with what the compiler says. */
export async function builtWasm(): Promise<string> {
  let bytes: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      ...[SOURCE, '--outFile', 'module.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
      ...['--initialMemory', PAGES, '--maximumMemory', PAGES],
    ],
    {
      writeFile: (_, contents) => {
        if (typeof contents !== 'string') bytes = contents;
      },
    },
  );
  if (error !== null || bytes === undefined)
    throw new Error(`the module was not built: ${stderr.toString()}`);
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return [
    '/** Written by ext-proc/wasm/write-wasm.ts from ext-proc/wasm/assembly; a test holds it to them. */',
    'export const WASM_BASE64 =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}
