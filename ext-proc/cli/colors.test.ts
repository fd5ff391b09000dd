import { describe, expect, test } from 'vitest';

import { isColoured } from './colors.ts';

describe('what is written is coloured', () => {
  test.each([
    { env: {}, isTerminal: true, coloured: true },
    { env: {}, isTerminal: false, coloured: false },
    { env: { CI: 'true' }, isTerminal: false, coloured: false },
    { env: { CI: 'true' }, isTerminal: undefined, coloured: false },
    { env: { TERM: 'dumb' }, isTerminal: true, coloured: false },
    { env: { NO_COLOR: '1' }, isTerminal: true, coloured: false },
    { env: { NO_COLOR: '' }, isTerminal: true, coloured: true },
    { env: { FORCE_COLOR: '1' }, isTerminal: false, coloured: true },
    { env: { FORCE_COLOR: '0' }, isTerminal: true, coloured: false },
    { env: { NO_COLOR: '1', FORCE_COLOR: '1' }, isTerminal: true, coloured: false },
  ])('$coloured with $env, where a terminal is $isTerminal', ({ env, isTerminal, coloured }) => {
    expect(isColoured(env, isTerminal)).toBe(coloured);
  });
});
