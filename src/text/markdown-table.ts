/** A table in Markdown. @param rows of cells in Markdown, the first one its heading */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [heading, ...others] = rows;
  return [heading, heading.map(() => "---"), ...others].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
