import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { type CardLog, type LogRow, modelCard, type YamlValue, yamlText } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { SOME_HEADER } from "../log/some-header.js";

const PARSE = "import json,sys,yaml; print(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))";

/** What Python's parser reads in texts of YAML; undefined where there is none. */
function readByPython(texts: readonly string[]): unknown[] | undefined {
  const options = { input: JSON.stringify(texts), encoding: "utf8" } as const;
  const { error, stderr, stdout } = spawnSync("python3", ["-c", PARSE], options);
  if (error !== undefined || stderr.includes("No module named 'yaml'")) return undefined;
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const words = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "yes",
    "n",
    "null",
    "1e3",
    "0x1f",
    "2026-01-01",
    "- a",
    "a: b",
    "#x",
    "~",
    "",
    "é",
    "\u2028",
    "'\"\\",
  ),
);
const numbers = fc.oneof(fc.integer(), fc.constantFrom(0.001, 97.4, 0.5, 1.25e-7));
const { values } = fc.letrec<{ values: YamlValue }>((tie) => ({
  values: fc.oneof(
    { maxDepth: 4 },
    words,
    numbers,
    fc.boolean(),
    fc.array(tie("values"), { maxLength: 3 }),
    fc.dictionary(words, tie("values"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

describe("yamlText", () => {
  it("is read as what was written", ({ skip }) => {
    const samples = fc.sample(values, { numRuns: 150, seed: Number(process.env.SEED) });
    const read = readByPython(samples.map(yamlText));
    skip(read === undefined, "python3 with PyYAML is not installed");
    expect(read).toEqual(samples);
  });
});

const row = (idx: number, radius: number, correct = true): LogRow => ({
  idx,
  label: 0,
  predict: correct ? 0 : 1,
  radius,
  correct,
});
const rows = [row(0, 0.75), row(1, 0.5), row(2, 1, false)];
const log: CardLog = { file: "runs/lenet/certify.tsv", header: SOME_HEADER, rows };
const subject = { name: 'LeNet | "robust"', logs: [log], radii: [0, 0.5, 0.6] };

describe("modelCard", () => {
  it("tells certified accuracy and the average radius in its front matter, rounded down, with their settings", () => {
    const text = modelCard({ ...subject, license: "mit" });
    const [, front] = text.split("---\n");
    const metrics = [...front.matchAll(/type: "(\S+)"\n +name: "(.*)"\n +value: (\S+)\n/g)].map(
      ([, ...found]) => found,
    );
    expect(metrics).toEqual([
      ["accuracy", "certified accuracy at L2 radius 0 (%)", "66.6"],
      ["accuracy", "certified accuracy at L2 radius 0.5 (%)", "66.6"],
      ["accuracy", "certified accuracy at L2 radius 0.6 (%)", "33.3"],
      ["average-certified-radius", "average certified L2 radius", "0.4166"],
    ]);
    expect(front).toMatch(/^license: "mit"\nlibrary_name: "smoothcert"\npipeline_tag: "image-classification"\n/);
    expect(front).toMatch(/\ndatasets:\n {2}- "mnist"\n/);
    expect(front).toMatch(/args:\n +radius: 0\.6\n +sigma: 0\.5\n +n0: 100\n +"n": 1000\n +alpha: 0\.001\n/);
  });

  it("says for a person what was measured, what is claimed, and how to check it", () => {
    const text = modelCard({
      ...subject,
      training: { objective: "maxup", sigma: 0.5, data: { name: "m", hash: "h" } },
    });
    expect(text).toContain('\n# LeNet | "robust"\n');
    expect(text).toContain("| objective | maxup |\n| sigma | 0.5 |\n");
    expect(text).toContain("| L2 radius | 0 | 0.5 | 0.6 |\n| --- | --- | --- | --- |\n");
    expect(text).toContain("| certified accuracy (%) | 66.6 | 66.6 | 33.3 |");
    expect(text).toContain("smoothcert audit runs/lenet/certify.tsv --model MODEL --data DATA");
    expect(text).toContain("## What is claimed\n");
    expect(modelCard(subject)).not.toContain("## Training");
    expect(text).not.toContain("images of this set");
    const seen = { ...SOME_HEADER, model: { ...SOME_HEADER.model, trainingData: SOME_HEADER.data.hash } };
    const ofTraining = modelCard({ ...subject, logs: [{ ...log, header: seen }] });
    expect(ofTraining).toContain("The model was trained on images of this set.");
  });

  it("gives a log that stopped early no average, and what accuracy would be at most", () => {
    const header = { ...SOME_HEADER, stop: { kind: "radii" as const, radii: [0.5] }, interval: "union" as const };
    const counts = [[0, 1000]] as const;
    const stopped = rows.map((each) => ({ ...each, n: 1000, counts0: [[0, 100]] as const, counts }));
    const text = modelCard({ ...subject, logs: [{ ...log, header, rows: stopped.slice(0, 1) }] });
    expect(text).not.toContain("average");
    expect(text).toContain("| at most (%) |");
  });
});
