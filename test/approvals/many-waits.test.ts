/** The bench of approvals, small: that every wait ends as it was decided, however many there are. Nothing is timed here. */
import { expect, test } from 'vitest';
import { measureWakeUps } from '../../bench/approvals/wake-up.ts';
import { STORE_KINDS } from './stores.ts';

test.each(STORE_KINDS)(
  'every one of many waits in another process ends when it is decided, in %s',
  async (kind) => {
    const { states, wakeUpMs } = await measureWakeUps(kind, { waits: 40, decisions: 10 });
    expect(wakeUpMs).toHaveLength(10);
    expect(states).toEqual(Array.from({ length: 40 }, () => 'approved'));
  },
);
