import { cp, readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, smoothcert } from "./support.js";

const folder = folderWithRun();
beforeAll(async () => {
  const words = ["--n", "200", "--n0", "20", "--max", "5", "--threads", "1"];
  expect((await smoothcert("certify", folder.run, ...words)).code).toBe(0);
});

describe("smoothcert card", () => {
  it("writes a card of a run folder, with how the model was trained", async () => {
    const out = folder.at("README.md");
    const outcome = await smoothcert("card", folder.run, "--out", out, "--license", "mit", "--name", "digits");
    expect(outcome).toMatchObject({ code: 0, out: `model card: ${out}\n` });
    const card = await readFile(out, "utf8");
    expect(card).toMatch(/^---\nlicense: "mit"\n/);
    expect(card).toContain("\n# digits\n");
    expect(card).toMatch(/\n\| objective \| maxup \|\n/);
    const again = await smoothcert("card", folder.run, "--out", out);
    expect(again).toMatchObject({
      code: 1,
      err: `error: ${out}: exists already. Name another file, or remove it\n`,
    });
  });

  it("leaves out the training of a model that isn't the log's, and refuses one that is named", async () => {
    const log = folder.at("alone.tsv");
    for (const ending of ["tsv", "json"]) {
      await cp(`${folder.run}/certify.${ending}`, folder.at(`alone.${ending}`));
    }
    await cp("test/fixtures/cases/predict-needs-data/plain.onnx", folder.at("other.onnx"));
    expect((await smoothcert("card", log, "--out", folder.at("alone.md"))).code).toBe(0);
    expect(await readFile(folder.at("alone.md"), "utf8")).not.toContain("## Training");
    const { code, err } = await smoothcert("card", log, "--model", folder.at("other.onnx"), "--out", folder.at("x.md"));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^error: other\.onnx: is not the model of /) });
    const named = await smoothcert("card", log, "--model", folder.run, "--out", folder.at("named.md"));
    expect(named.code).toBe(0);
    expect(await readFile(folder.at("named.md"), "utf8")).toContain("## Training");
  });

  it("needs finished logs with headers, about one model, and radii", async () => {
    await writeFile(folder.at("foreign.tsv"), "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t1\t1\t0.5\t1\t0.1\n");
    const foreign = await smoothcert("card", folder.at("foreign.tsv"), "--out", folder.at("y.md"));
    expect(foreign).toMatchObject({
      code: 1,
      err: expect.stringContaining("expected the header of a log of smoothcert"),
    });
    for (const ending of ["tsv", "json"]) await cp(`${folder.run}/certify.${ending}`, folder.at(`part.${ending}`));
    const lines = (await readFile(folder.at("part.tsv"), "utf8")).split("\n");
    await writeFile(folder.at("part.tsv"), `${lines.slice(0, 3).join("\n")}\n`);
    const part = await smoothcert("card", folder.at("part.tsv"), "--out", folder.at("y.md"));
    expect(part).toMatchObject({ code: 1, err: expect.stringMatching(/part\.tsv: holds 2 of \d+ images/) });
    const negative = await smoothcert("card", folder.run, "--radii", "-1", "--out", folder.at("y.md"));
    expect(negative).toMatchObject({ code: 2, err: expect.stringContaining("--radii must be radii of at least 0") });
  });
});
