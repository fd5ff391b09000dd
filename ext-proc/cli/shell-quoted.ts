/** A word for the shell: as it is where nothing in it means anything there, else in single quotes (POSIX 2.2.2). */
export const shellQuoted = (text: string): string =>
  /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
