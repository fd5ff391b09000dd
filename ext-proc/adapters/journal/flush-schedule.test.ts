import { describe, expect, it } from 'vitest';
import { FlushSchedule } from './flush-schedule.ts';

/** A loop by hand: callbacks of one turn, then its end. */
function loop() {
  let turnsEnd: (() => void)[] = [];
  let callbacksEnd: (() => void)[] = [];
  const schedule = new FlushSchedule({
    atTurnsEnd: (callback) => turnsEnd.push(callback),
    atCallbacksEnd: (callback) => callbacksEnd.push(callback),
  });
  const log: string[] = [];
  return {
    log,
    append: (name: string, shared = false) =>
      schedule.schedule(
        () => log.push(name),
        () => shared,
      ),
    endCallback: () => {
      const due = callbacksEnd;
      callbacksEnd = [];
      for (const callback of due) callback();
    },
    endTurn: () => {
      const due = turnsEnd;
      turnsEnd = [];
      for (const callback of due) callback();
    },
  };
}

describe('FlushSchedule', () => {
  it('writes at the end of the turn, and only then, while sessions share batches', () => {
    const { append, endCallback, endTurn, log } = loop();
    for (let turn = 0; turn < 100; turn++) {
      append(`batch ${turn}`, true);
      endCallback();
      expect(log).toHaveLength(turn);
      endTurn();
      expect(log).toHaveLength(turn + 1);
    }
  });

  it('writes at the end of the callback once sessions come one at a time', () => {
    const { append, endCallback, endTurn, log } = loop();
    for (let turn = 0; turn < 16; turn++) {
      append('alone');
      endTurn();
    }
    append('at once');
    endCallback();
    expect(log.at(-1)).toBe('at once');
  });

  it('goes back to the end of the turn when one turn had several batches', () => {
    const { append, endCallback, endTurn, log } = loop();
    for (let turn = 0; turn < 16; turn++) {
      append('alone');
      endTurn();
    }
    append('first');
    endCallback();
    append('second');
    endCallback();
    endTurn();
    append('held');
    endCallback();
    expect(log.at(-1)).toBe('second');
    endTurn();
    expect(log.at(-1)).toBe('held');
  });
});
