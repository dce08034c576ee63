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
    // It finds its WebAssembly beside itself, so Node has to load it.
    server: { deps: { external: [/dist\/onnxruntime-web/] } },
    pool: "forks",
    maxWorkers: 2,
  },
});
