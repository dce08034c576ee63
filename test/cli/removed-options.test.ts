import { describe, expect, it } from "vitest";
import { removedOption } from "../../cli/removed-options.js";

describe("removedOption", () => {
  it("says how to write today what a removed option asked for", () => {
    expect(removedOption("certify", "--randomised")).toBe(
      "--randomised has been removed: write --interval randomised-clopper-pearson",
    );
    expect(removedOption("certify", "--selection=none")).toContain("--n0 0 for --selection none");
  });

  it.each([
    ["certify", "--sgma"],
    ["predict", "--randomised"],
    ["constructor", "--selection"],
    ["certify", "constructor"],
  ])("says nothing of %s %s, which never was an option", (command, option) => {
    expect(removedOption(command, option)).toBeUndefined();
  });
});
