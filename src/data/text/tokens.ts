/** What a text is read as: a sequence of words, or of characters. */
export type TextLevel = "word" | "character";

/** Words stand between spaces, and each line ends with this one. */
export const END_OF_LINE = "<eos>";

/** Stands for whatever is not in a vocabulary. */
export const UNKNOWN = "<unk>";

/**
 * The tokens of a text, in order. Words are what stands between spaces, tabs and line breaks, and every line, an empty
 * one too, ends with {@link END_OF_LINE}, as in the Penn Treebank's files of Mikolov et al. (2010). Characters are
 * Unicode code points, line breaks among them.
 */
export function tokensOf(text: string, level: TextLevel): string[] {
  if (level === "character") return [...text];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.flatMap((line) => [...line.split(/[ \t\r]+/).filter((word) => word !== ""), END_OF_LINE]);
}

/** A text of these tokens. Where it is read as words again, it gives the same tokens. */
export function textOf(tokens: readonly string[], level: TextLevel): string {
  if (level === "character") return tokens.join("");
  let text = "";
  for (const token of tokens) {
    if (token === END_OF_LINE) text += "\n";
    else text += text === "" || text.endsWith("\n") ? token : ` ${token}`;
  }
  return text;
}
