import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GROUPS } from "../bench/mutant-list.js";

/**
 * `bench/mutants.ts` applies them all, which takes too long here:
 * without this, a change of the source leaves some behind.
 */
describe("each mutant", () => {
  it("changes a text that its file has once", () => {
    const mutants = GROUPS.flatMap(({ mutants }) => mutants);
    expect(mutants.length).toBeGreaterThan(40);
    const occurrences = ({ file, from }: (typeof mutants)[number]): number =>
      readFileSync(new URL(`../${file}`, import.meta.url), "utf8").split(from).length - 1;
    expect(mutants.filter((mutant) => occurrences(mutant) !== 1).map(({ name }) => name)).toEqual([]);
  });
});
