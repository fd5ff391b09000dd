import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseToken, TOKEN_REFUSAL_CODES } from './token-refusal.ts';

describe('a refusal of a token', () => {
  it.each(TOKEN_REFUSAL_CODES)('says what to do next: %s', (code) => {
    expect(refuseToken(code).publicMessage).toMatch(/\b(Get|Ask|Pass|Use|Check|Tell|Try again)\b/);
  });

  it('is explained to agents, every one of them', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/agent-operators.md'), 'utf8');
    for (const code of TOKEN_REFUSAL_CODES) expect(page).toContain(`\`${code}\``);
  });
});
