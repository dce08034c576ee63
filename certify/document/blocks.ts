/** What a section of a report shows, apart from how a page or a terminal would show it. */
import type { ImageShape, Pixels } from "../../src/core.js";
import type { AccuracySeries, CurveFigureOptions, LineFigureOptions, ShareSeries } from "../../src/plot/index.js";
import type { Check } from "./check.js";

export type Block =
  | TextBlock
  | ListBlock
  | TilesBlock
  | FactsBlock
  | TableBlock
  | BarsBlock
  | FigureBlock
  | ChecksBlock
  | PicturesBlock
  | CodeBlock
  | DownloadsBlock
  | RowsBlock;

/** A paragraph. */
export interface TextBlock {
  readonly kind: "text";
  readonly text: string;
  /** @defaultValue false */
  readonly warning?: boolean;
}

/** A list of sentences. */
export interface ListBlock {
  readonly kind: "list";
  readonly items: readonly string[];
}

/** The few numbers that are read first. */
export interface TilesBlock {
  readonly kind: "tiles";
  readonly tiles: readonly { readonly label: string; readonly value: string; readonly details: readonly string[] }[];
}

/** Names with their values. */
export interface FactsBlock {
  readonly kind: "facts";
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** A table whose first column names its rows. */
export interface TableBlock {
  readonly kind: "table";
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table of shares, each with a bar. */
export interface BarsBlock {
  readonly kind: "bars";
  readonly caption: string;
  readonly columns: readonly [name: string, value: string];
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly name: string;
  readonly value: string;
  /** The length of the bar, in [0, 1]. */
  readonly share: number;
  /** Whether it is set off from the others. @defaultValue false */
  readonly marked?: boolean;
}

/** A figure, and beside it a table that says the same. */
export interface FigureBlock {
  readonly kind: "figure";
  readonly caption: string;
  readonly figure: FigureContent;
  readonly table: TableBlock;
}

/** What a figure draws. */
export type FigureContent =
  | { readonly kind: "curve"; readonly series: readonly AccuracySeries[]; readonly options: CurveFigureOptions }
  | { readonly kind: "share"; readonly series: readonly ShareSeries[] }
  | { readonly kind: "lines"; readonly options: LineFigureOptions };

/** Checks with their outcomes. */
export interface ChecksBlock {
  readonly kind: "checks";
  readonly checks: readonly Check[];
}

/** Images of the data under a heading, each with its votes. */
export interface PicturesBlock {
  readonly kind: "pictures";
  readonly heading: string;
  readonly pictures: readonly Picture[];
}

export interface Picture {
  /** Index in the data set. */
  readonly idx: number;
  readonly caption: string;
  /** None where the data were not given. */
  readonly views: readonly View[];
  readonly votes: readonly Bar[];
}

/** An image as it is shown. */
export interface View {
  readonly text: string;
  readonly pixels: Pixels;
  readonly shape: ImageShape;
}

/** Text to be copied, line by line as it is. */
export interface CodeBlock {
  readonly kind: "code";
  readonly caption: string;
  readonly text: string;
}

/** Files that the report holds. */
export interface DownloadsBlock {
  readonly kind: "downloads";
  readonly files: readonly { readonly name: string; readonly text: string; readonly description: string }[];
}

/** The table of all images: rows that can be linked to, sorted and filtered. */
export interface RowsBlock {
  readonly kind: "rows";
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell is the image's index. */
  readonly rows: readonly (readonly string[])[];
  /** The column whose values can be chosen from. */
  readonly filter: number;
}
