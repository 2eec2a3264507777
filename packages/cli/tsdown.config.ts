import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/main.ts"],
  platform: "node",
  target: "node20.19",
  dts: false,
  fixedExtension: false,
  hash: false,
  clean: ["dist/*.js"],
});
