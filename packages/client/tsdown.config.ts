import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts"],
  platform: "neutral",
  target: "es2022",
  // Its paths lead to the types of the server's procedures that the build has written just before. The
  // router's sources would bring the whole server into the bundler's graph.
  tsconfig: "tsconfig.build.json",
  deps: { neverBundle: [/^node:/], dts: { alwaysBundle: ["@loraloom/router"] } },
  dts: { resolver: "tsc" },
  hash: false,
  clean: ["dist/*.js", "dist/*.d.ts"],
});
