/**
 * Random sequences of frontend messages, the same for the same seed: mostly what clients send, in orders that few do.
 * Owns what is drawn; leaves out what the gate answers in its own words (unknown types, FunctionCall, messages that
 * are neither data nor its end while the server reads COPY data).
 */
import { say } from './wire-peer.ts';

/** xorshift32: varied, and repeatable. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  }
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % limit;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const NAMES = ['', '', 's1', 's2', 's3'] as const;
const PORTALS = ['', '', 'p1', 'p2'] as const;

/** Texts for both protocols; one statement each. */
const TEXTS = [
  'select 1',
  'select id, name from t where id < 4 order by id',
  'select * from t order by id',
  'select 1/0',
  'selec',
  "insert into target values (1, 'x')",
  'update t set name = name where id = 3',
  'delete from target',
  'begin',
  'begin isolation level serializable',
  'commit',
  'rollback',
  'commit and chain',
  'rollback and chain',
  'savepoint a',
  'savepoint b',
  'rollback to a',
  'rollback to b',
  'release a',
  'set search_path = other',
  'set local search_path = other',
  'reset search_path',
  'select name from t where id = 1',
  "select set_config('search_path', 'other, public', false)",
  'select go_other()',
  "set timezone = 'Asia/Tokyo'",
  'set role pg_monitor',
  'reset role',
  'prepare s1 as select 11',
  'prepare s2 as select id from t where id < 3 order by id',
  'prepare s3 as insert into target values (3)',
  'execute s1',
  'execute s2',
  'execute s3',
  'deallocate s1',
  'deallocate s2',
  'deallocate all',
  'discard all',
  'declare p1 cursor for select * from t order by id',
  'declare c cursor with hold for select id from t order by id',
  'fetch 2 from p1',
  'fetch 1 from c',
  'move 1 in c',
  'close p1',
  'close all',
  'insert into child values (1)',
  "select tell('x')",
  'create temporary table made (a int)',
  'select * from made',
  'drop table made',
  'copy t to stdout',
  'explain (costs off) select 1',
  'show search_path',
  'set transaction isolation level repeatable read',
] as const;

const COPIES = [
  'copy target from stdin',
  'copy target from stdin',
  'copy nowhere from stdin',
  'copy target (id) from stdin',
] as const;

function copyBody(dice: Dice): Buffer[] {
  const data = Array.from({ length: dice.below(3) }, () =>
    say.copyData(dice.of(['1\ta\n', '2\tb\n3\tc\n', 'bad\tx\n', '4\t', 'd\n'])),
  );
  return [...data, dice.chance(70) ? say.copyDone : say.copyFail('drawn')];
}

function simpleText(dice: Dice): string {
  return Array.from({ length: dice.chance(70) ? 1 : 1 + dice.below(4) }, () => dice.of(TEXTS)).join('; ');
}

/** One message, or a few that belong together. `select 1` and the like need no parameters; some are bound in vain. */
function draw(dice: Dice): Buffer[] {
  const name = dice.of(NAMES);
  const portal = dice.of(PORTALS);
  const roll = dice.below(100);
  // Query within an unfinished pipeline brings servers into states of their own (18.4 fails with XX000, or crashes).
  if (roll < 20) return [say.sync, say.query(simpleText(dice))];
  if (roll < 34) return [say.parse(name, dice.of(TEXTS))];
  if (roll < 46) return [say.bind(portal, name, dice.chance(5) ? ['1'] : [])];
  if (roll < 60) return [say.execute(portal, dice.of([0, 0, 1, 2]))];
  if (roll < 72)
    return [
      say.parse(name, dice.of(TEXTS)),
      say.bind(portal, name),
      say.describePortal(portal),
      say.execute(portal),
    ];
  if (roll < 76) return [say.describeStatement(name)];
  if (roll < 79) return [say.describePortal(portal)];
  if (roll < 82) return [say.closeStatement(name)];
  if (roll < 84) return [say.closePortal(portal)];
  if (roll < 87) return [say.flush];
  if (roll < 94) return [say.sync];
  if (roll < 95) return copyBody(dice);
  if (roll < 97) return [say.sync, say.query(dice.of(COPIES)), ...copyBody(dice)];
  // As libpq sends it, or with the data ahead of the Sync.
  const copy = [say.parse('', dice.of(COPIES)), say.bind('', ''), say.execute()];
  return dice.chance(50)
    ? [...copy, ...copyBody(dice), say.sync]
    : [...copy, say.sync, ...copyBody(dice), say.sync];
}

/** Messages to be sent at once, `count` draws of them. */
export function drawMessages(dice: Dice, count: number): Buffer[] {
  return Array.from({ length: count }, () => draw(dice)).flat();
}
