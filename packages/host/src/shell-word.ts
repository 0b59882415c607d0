/** Characters that no POSIX shell gives a meaning. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** The text as one word of a command that a POSIX shell runs. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
