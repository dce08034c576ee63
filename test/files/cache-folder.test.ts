import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheFolder } from "../../src/files/cache-folder.js";

describe("cacheFolder", () => {
  const home = homedir();
  test.each([
    ["SMOOTHCERT_CACHE comes first", { SMOOTHCERT_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "linux", "/a"],
    ["then XDG_CACHE_HOME", { XDG_CACHE_HOME: "/b" }, "linux", "/b/smoothcert"],
    ["then ~/.cache", {}, "linux", join(home, ".cache/smoothcert")],
    ["~/Library/Caches on macOS", {}, "darwin", join(home, "Library/Caches/smoothcert")],
    ["the local application data on Windows", { LOCALAPPDATA: "/c" }, "win32", join("/c", "smoothcert")],
  ])("%s", (_, environment, platform, expected) => {
    expect(cacheFolder(environment, platform)).toBe(expected);
  });
});
