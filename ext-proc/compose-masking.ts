/** TEMPORARY until configuration lands. */
import type { ColumnMarkRule } from './domain/masking-rules.ts';
import { createMasker } from './masking/masker.ts';
import { createScanner } from './masking/scanner.ts';
import { BUILT_IN_KINDS } from './masking/finding.ts';
export function composeMasking(_config: unknown) {
  const masker = createMasker({ scanner: createScanner() });
  const rules: ColumnMarkRule[] = [
    {
      upstream: undefined,
      schema: 'public',
      table: 'people',
      column: 'card',
      tag: 'payment_card',
      style: 'partial',
    },
    { upstream: undefined, schema: 'public', table: 'people', column: 'ssn', tag: 'us_ssn', style: 'full' },
    { upstream: undefined, schema: 'public', table: 'secrets', column: '*', tag: 'secret', style: 'full' },
  ];
  return {
    masker,
    rules,
    maskerWithout: (kinds: readonly string[]) =>
      createMasker({
        scanner: createScanner({ kinds: BUILT_IN_KINDS.filter((kind) => !kinds.includes(kind)) } as never),
      }),
  };
}
