import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["smoothcert-source"] },
  ssr: { resolve: { conditions: ["smoothcert-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    reporters: ["default", "./test/summary-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
