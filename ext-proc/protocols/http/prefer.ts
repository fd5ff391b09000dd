/** The preference `wait` of a request (RFC 7240 section 4.3): for how long its client is willing to wait. */

/** A preference and its parameters: commas inside of quoted strings end nothing. */
const PREFERENCE = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g;
const WAIT = /^wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i;

const preferences = (prefer: string): readonly string[] =>
  (prefer.match(PREFERENCE) ?? []).map((each) => each.trim()).filter((each) => each !== '');

/** Seconds; undefined where it says none. Of several the first counts (section 2). */
export function preferredWait(prefer: string | undefined): number | undefined {
  for (const each of preferences(prefer ?? '')) {
    const seconds = WAIT.exec(each)?.[1];
    if (seconds !== undefined) return Number(seconds);
  }
  return undefined;
}

/** The rest of it, which says something of the request itself; undefined where nothing is left. */
export function withoutWait(prefer: string): string | undefined {
  const rest = preferences(prefer).filter((each) => !WAIT.test(each));
  return rest.length === 0 ? undefined : rest.join(', ');
}
