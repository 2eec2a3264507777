import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/node.ts"],
  platform: "neutral",
  target: "es2022",
  // The types of the server's procedures are copied in; nothing else of the server is reachable.
  deps: { neverBundle: [/^node:/], dts: { alwaysBundle: ["@loraloom/router"] } },
  // One program for all files: the procedures' types are inferred across packages.
  dts: { entry: "src/node.ts", eager: true },
});
