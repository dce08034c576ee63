/** A page of the site that isn't in the repository. */
export interface GeneratedPage {
  /** From the folder of all pages. */
  readonly path: string;
  /** Markdown. */
  readonly text: string;
}
