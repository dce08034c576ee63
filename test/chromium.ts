import { existsSync } from "node:fs";

/** The browser that tests of pages run in; undefined where there is none. */
export const CHROMIUM: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));

/** Why such tests are skipped where there is none. */
export const NO_CHROMIUM = "there is no Chromium in /usr/bin (on Debian, apt-get install chromium)";
