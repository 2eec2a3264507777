import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{packages,examples}/*/src/**/*.test.ts",
      "packages/*/tests/**/*.test.ts",
      "bench/**/*.test.ts",
      "docs/*.test.ts",
      "scripts/tests/*.test.mjs",
    ],
    globalSetup: "./packages/testkit/src/global-setup.ts",
    pool: "forks",
    // What lives is measured after what died was collected: files share their process.
    execArgv: ["--expose-gc"],
    // Loading the modules anew for each file takes a quarter of all the time; tests undo what they change.
    isolate: false,
    // Tests start engines, stores and databases of their own: more at once only slows each down.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A condition that is waited for may take as long as a busy machine needs.
    expect: { poll: { timeout: 30_000 } },
  },
});
