import { defineConfig } from "vitest/config";

/** One seed for all files of a run; SEED=... replays it. */
const seed = process.env.SEED ?? String(Date.now() & 0x7fffffff);

/**
 * Files that replace modules or the native engine, of which a process loads one: others in the same process would have
 * loaded these before, or find them replaced.
 */
const ALONE = [
  "test/noise/box-muller.test.ts",
  "test/data/environment.test.ts",
  "test/engine/native-load.test.ts",
  "test/engine/webgpu*.test.ts",
];

/** Chromium brings a Vulkan loader; a process finds it only if it starts with this. */
process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, "/usr/lib/chromium"].filter(Boolean).join(":");

export default defineConfig({
  resolve: { conditions: ["smoothcert-source"] },
  ssr: { resolve: { conditions: ["smoothcert-source"] } },
  test: {
    globalSetup: "test/shared-folder.ts",
    setupFiles: ["test/setup.ts"],
    // A second thread of a model costs more than it saves on what tests certify; those about threads ask for more.
    env: { SEED: seed, OMP_NUM_THREADS: "1" },
    reporters: ["default", "./test/summary-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // It finds its WebAssembly beside itself, so Node has to load it.
    server: { deps: { external: [/dist\/onnxruntime-web/] } },
    pool: "forks",
    // One more than two cores: tests that wait for a program they started leave theirs to others.
    maxWorkers: 3,
    // Loading the package costs a process more than most files' tests do: all other files share three processes.
    projects: [
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: ALONE,
          isolate: false,
        },
      },
    ],
  },
});
