/** Renders envoy/examples/*.gatehouse.yaml to envoy/*.yaml. Run: node envoy/write-examples.ts */
import { writeFile } from 'node:fs/promises';
import { renderExamples } from './examples.ts';

for (const { file, text } of await renderExamples()) await writeFile(file, text);
