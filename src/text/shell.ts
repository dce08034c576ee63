/** A word of a shell's command line: quoted where it holds more than letters, digits and what no shell minds. */
export function shellWord(word: string): string {
  return /^[\w./:=,@%+^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
