import { DATASET_SPECS, describeDataset, loadDataset } from "smoothcert";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dataCommand } from "../../cli/data.js";

afterEach(() => {
  vi.restoreAllMocks();
});

async function outputOf(...args: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await dataCommand().exitOverride().parseAsync(args, { from: "user" });
  const output = write.mock.calls.map(([text]) => String(text)).join("");
  write.mockRestore();
  return output;
}

describe("smoothcert data", () => {
  it("lists every kind of dataset and which of them is included", async () => {
    const lines = (await outputOf()).trimEnd().split("\n");
    expect(lines).toHaveLength(DATASET_SPECS.length);
    for (const [i, { spec, bundled, description }] of DATASET_SPECS.entries()) {
      expect(lines[i].startsWith(`${spec} `)).toBe(true);
      expect(lines[i]).toContain(bundled ? " included " : " your files ");
      expect(lines[i].endsWith(description)).toBe(true);
    }
    expect(JSON.parse(await outputOf("--json"))).toEqual({ datasets: DATASET_SPECS });
  });

  it("describes a dataset as one JSON object", async () => {
    const described = describeDataset(await loadDataset("mnist", "test"));
    const output = await outputOf("mnist", "--split", "test", "--json");
    expect(output.split("\n")).toHaveLength(2);
    expect(JSON.parse(output)).toEqual(described);
  });

  it("describes a dataset to a person, the training split if none is named", async () => {
    const output = await outputOf("test/fixtures/data/keras.npz");
    const { hash } = await loadDataset("test/fixtures/data/keras.npz", "train").then(describeDataset);
    for (const part of ["keras", "split    train", "images   3", "2 x 4 x 3", "bytes", hash, "classes  4", "1  2\n"]) {
      expect(output).toContain(part);
    }
  });

  it("refuses another split, naming it", async () => {
    const refused = outputOf("mnist", "--split", "validation");
    await expect(refused).rejects.toMatchObject({
      name: "ArgumentError",
      message: '--split must be one of train, test, got "validation"',
    });
  });

  it("shows an example in its help", () => {
    const help: string[] = [];
    const command = dataCommand().configureOutput({ writeOut: (text) => help.push(text) });
    command.outputHelp();
    expect(help.join("")).toContain("smoothcert data mnist --split test --json");
  });
});
