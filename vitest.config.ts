import { defineConfig } from "vitest/config";
import { WholeProcessesFirst } from "./packages/testkit/src/whole-processes-first.ts";

export default defineConfig({
  test: {
    include: [
      "{packages,examples}/*/src/**/*.test.ts",
      "packages/*/tests/**/*.test.ts",
      "bench/**/*.test.ts",
      "chaos/**/*.test.ts",
      "docs/*.test.ts",
      "scripts/tests/*.test.mjs",
    ],
    globalSetup: "./packages/testkit/src/global-setup.ts",
    pool: "forks",
    // What lives is measured after what died was collected: files share their process.
    execArgv: ["--expose-gc"],
    // Loading the modules anew for each file takes a quarter of all the time; tests undo what they change.
    isolate: false,
    // On two cores: a test that starts processes waits for them for half of its time.
    maxWorkers: 3,
    sequence: { sequencer: WholeProcessesFirst },
    // These end what would hang; whatever works may take as long as a busy machine needs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000 } },
  },
});
