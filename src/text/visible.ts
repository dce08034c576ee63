/**
 * Text that came from outside, made safe to show: control characters (C0, DEL, C1, which make up the commands of
 * terminals), overrides of the direction of writing, and what XML cannot hold are written out, as `\x1b` or `\u202e`.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/**
 * The text with what is not fit to be shown written out; line ends stay. Of JSON, what comes out is JSON of the same
 * value.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** Like {@link visible}, in one line: for a name within a line. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("\n", "\\x0a");
}

/** What isn't in JSON texts, which JSON has escaped, as hexadecimal bytes; the others as JSON does. */
function escaped(character: string): string {
  const hex = character.charCodeAt(0).toString(16);
  return character < " " ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
