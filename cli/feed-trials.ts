/** Which other ways of feeding a model to try where it does no better than guessing. */
import type { PixelScaling } from "../certify/index.js";
import { type Dataset, describeDataset } from "../src/index.js";
import type { FeedOptions } from "./model-source.js";

/** A way to feed a model, and the words that ask for it. */
export interface FeedTrial {
  readonly words: string;
  readonly feed: FeedOptions;
}

/** Means and deviations that models for images of so many channels are usually trained with. */
const USUAL_CONSTANTS: ReadonlyMap<number, readonly PixelScaling[]> = new Map([
  [
    1,
    [
      { mean: [0.1307], std: [0.3081] },
      { mean: [0.286], std: [0.353] },
    ],
  ],
  [
    3,
    [
      { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
      { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    ],
  ],
]);

/** The obvious ways to feed a model other than `feed`: each scaling in each layout. */
export function feedTrials(dataset: Dataset, feed: FeedOptions): FeedTrial[] {
  const layouts = [feed.layout, ...(["nchw", "nhwc"] as const).filter((layout) => layout !== feed.layout)];
  return layouts.flatMap((layout) =>
    scalings(dataset).map(({ words, scaling }) => {
      const { scaling: _current, layout: _asked, ...others } = feed;
      return {
        words: [...(layout === undefined ? [] : [`--layout ${layout}`]), ...words].join(" "),
        feed: { ...others, ...(layout && { layout }), ...(scaling && { scaling }) },
      };
    }),
  );
}

function scalings(dataset: Dataset): { words: string[]; scaling?: PixelScaling }[] {
  if (dataset.pixelType === "values") return [{ words: ["no --scale, --mean, --std"] }, ownConstants(dataset)];
  const known: PixelScaling[] = [
    { scale: 255 },
    { mean: [0.5], std: [0.5] },
    ...(USUAL_CONSTANTS.get(dataset.shape[2]) ?? []),
  ];
  return [{ words: ["no --scale, --mean, --std"] }, ...known.map((scaling) => ({ words: wordsOf(scaling), scaling }))];
}

function wordsOf({ scale, mean, std }: PixelScaling): string[] {
  return [
    ...(scale === undefined ? [] : [`--scale ${scale}`]),
    ...(mean === undefined ? [] : [`--mean ${mean.join(",")}`]),
    ...(std === undefined ? [] : [`--std ${std.join(",")}`]),
  ];
}

/** Each column less its mean, in units of its deviation. */
function ownConstants(dataset: Dataset): { words: string[]; scaling: PixelScaling } {
  const { mean, std } = describeDataset(dataset);
  const words = ["--mean and --std of each column (see: smoothcert data)"];
  return { words, scaling: { mean, std: std.map((deviation) => (deviation > 0 ? deviation : 1)) } };
}
