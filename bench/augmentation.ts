import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { join } from "node:path";
import { keptRows } from "./kept-rows.js";
import { spreadOf } from "./tables/accuracies.js";
import { spreadText } from "./tables/markdown.js";

/**
 * Accuracy on clean test images of ResNet-20s trained with Cutout or CutMix, on single copies and by MaxUp, as in the
 * image classification of the MaxUp paper, at a budget for two cores. All by the command line, as a user would. Set up
 * and run with: bash bench/augmentation.sh IMAGES.tar.gz [engine [cutout or cutmix]]
 */

const AUGMENTATIONS = { cutout: "crop:4,flip,cutout:16", cutmix: "crop:4,flip,cutmix:1" } as const;
const COPIES = [1, 4, 10];
const SEEDS = [0, 1, 2];
const RUNS = "runs/augmentation";
const RECIPE =
  "--model resnet20 --mean 0.4914,0.4822,0.4465 --std 0.2023,0.1994,0.201 --sigma 0 --epochs 15 --batch 128 --lr 0.1 " +
  "--nesterov --weight-decay 5e-4";

interface Row {
  readonly augmentation: keyof typeof AUGMENTATIONS;
  readonly copies: number;
  readonly seed: number;
  readonly images: number;
  readonly right: number;
}

type Case = Omit<Row, "images" | "right">;

function smoothcert(args: readonly string[], stdout: "inherit" | "pipe"): string | null {
  const options: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", stdio: ["ignore", stdout, "inherit"] };
  try {
    return execFileSync(process.execPath, ["dist/cli/main.js", ...args], options);
  } catch (error) {
    // It has said what is wrong, or that it was interrupted.
    process.exit((error as { status: number | null }).status ?? 1);
  }
}

/** Trains a network, from where an interruption left it, and counts the test images that it gets right. */
function measure({ augmentation, copies, seed }: Case, data: string, engine: string): Row {
  const out = join(RUNS, `${augmentation}-${copies}-${seed}`);
  const objective = copies === 1 ? ["gaussian"] : ["maxup", "--copies", String(copies), "--warmup", "1"];
  const of = ["--data", data, "--augment", AUGMENTATIONS[augmentation], "--seed", String(seed), "--engine", engine];
  smoothcert(["train", ...RECIPE.split(" "), "--objective", ...objective, ...of, "--out", out], "inherit");
  const found = JSON.parse(smoothcert(["evaluate", out, "--data", data, "--json"], "pipe") ?? "");
  return { augmentation, copies, seed, images: found.images, right: found.right };
}

const [data, engine = "auto", only] = process.argv.slice(2);
const rows = keptRows<Row>("bench/augmentation.tsv", {
  augmentation: (text) => text as Row["augmentation"],
  copies: Number,
  seed: Number,
  images: Number,
  right: Number,
});
// By seed first: what is there after an interruption compares like with like.
for (const seed of SEEDS) {
  for (const augmentation of ["cutout", "cutmix"] as const) {
    if (only !== undefined && augmentation !== only) continue;
    for (const copies of COPIES) {
      const same = (row: Row): boolean =>
        row.augmentation === augmentation && row.copies === copies && row.seed === seed;
      if (!rows.all().some(same)) rows.add(measure({ augmentation, copies, seed }, data, engine));
    }
  }
}

console.log("| augmentation | copies | seeds | accuracy without noise, % |\n| --- | --- | --- | --- |");
for (const augmentation of ["cutout", "cutmix"] as const) {
  for (const copies of COPIES) {
    const group = rows.all().filter((row) => row.augmentation === augmentation && row.copies === copies);
    const percents = group.map(({ right, images }) => (100 * right) / images);
    const accuracy = percents.length === 0 ? "" : spreadText(spreadOf(percents));
    console.log(`| ${augmentation} | ${copies} | ${group.length} | ${accuracy} |`);
  }
}
