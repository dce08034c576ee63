import { markdownTable } from "../src/text/markdown-table.js";

/** Pieces of Markdown for the generated pages. */

/** Text in which no character means anything but itself. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|{}#]/g, "\\$&");
}

/** A description as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${plain(text.slice(1))}.`;
}

/** Code in a line, also in a cell of a table. */
export function code(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  return `${fence}${text.replaceAll("|", "\\|")}${fence}`;
}

/** A table, its cells in Markdown; nothing where there are no rows. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  return `${markdownTable([columns, ...rows])}\n`;
}

/** Lines as they are, such as those that a command prints. */
export function block(text: string, language = "txt"): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}

/** Parts of a page, an empty line between them; those that are empty are left out. */
export function page(...parts: readonly string[]): string {
  const filled = parts.map((part) => part.trim()).filter((part) => part !== "");
  return `${filled.join("\n\n")}\n`;
}
