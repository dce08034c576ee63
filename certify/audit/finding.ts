/** What an audit finds wrong with a log. */
export interface Finding {
  /** What is wrong: the header, a row, or something outside that the log speaks of. */
  readonly in: "header" | "row" | "rows" | "model" | "data";
  /** The field or column, where it is known. */
  readonly field?: string;
  /** The row's image. */
  readonly idx?: number;
  /** What was found and what should stand there, as a sentence without its end. */
  readonly message: string;
}
