/** Colours for a person: where standard output is a terminal, or where `FORCE_COLOR` asks for them. */
import picocolors from 'picocolors';

/**
 * Whether to colour. picocolors itself colours for a build server too (`CI`), whose log then holds escapes that
 * whatever reads it takes for text. `NO_COLOR` and `FORCE_COLOR`: https://no-color.org, https://force-color.org.
 * `isTerminal` is undefined for a stream that is none, whatever its type says.
 */
export function isColoured(env: NodeJS.ProcessEnv, isTerminal: boolean | undefined): boolean {
  const set = (value: string | undefined): boolean => value !== undefined && value !== '';
  if (set(env.NO_COLOR)) return false;
  if (set(env.FORCE_COLOR)) return env.FORCE_COLOR !== '0';
  return isTerminal === true && env.TERM !== 'dumb';
}

/** Of `undefined`, picocolors would make its own guess. */
export const createColors = (enabled: boolean | undefined): ReturnType<typeof picocolors.createColors> =>
  picocolors.createColors(enabled ?? false);

export const colors = createColors(isColoured(process.env, process.stdout.isTTY));
