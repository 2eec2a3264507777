const code = ["node-modules", "python-environment"];
const everything = [...code, "base-model"];

/** Each job: what must be set up first, and the program, if any (from the repository's root), with its first arguments. */
export const jobs = {
  demo: { needs: everything, file: "examples/demo/src/main.ts", args: [] },
  "set-up": { needs: code, args: [] },
  page: { needs: everything, file: "examples/page/src/server/main.ts", args: [] },
  start: { needs: everything, file: "packages/launcher/src/main.ts", args: ["start"] },
  dev: { needs: everything, file: "packages/launcher/src/main.ts", args: ["dev"] },
  worker: { needs: everything, file: "packages/launcher/src/main.ts", args: ["worker"] },
  test: { needs: everything, file: "scripts/test/run-tests.mjs", args: [] },
  "test:engine-grid": { needs: code, file: "scripts/test/run-engine-grid.mjs", args: [] },
  fuzz: { needs: code, file: "scripts/test/run-fuzz.mjs", args: [] },
  check: { needs: code, file: "scripts/run-checks.mjs", args: [] },
  bench: { needs: everything, file: "bench/src/main.ts", args: [] },
  chaos: { needs: code, file: "chaos/src/main.ts", args: [] },
  build: { needs: ["node-modules"], file: "scripts/run-turbo.mjs", args: ["build"] },
};
