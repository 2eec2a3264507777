import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsdown";

/**
 * Bundles the fixture project's page with everything it needs, as a user's bundler does, from the
 * installed package. Fails if anything of Node would be needed.
 *
 * @returns a script that sets the global `page`
 */
export const bundlePage = async (folder: string): Promise<string> => {
  const outDir = join(folder, "bundle");
  await build({
    config: false,
    cwd: folder,
    entry: { page: join(folder, "src", "page.ts") },
    format: "iife",
    globalName: "page",
    platform: "browser",
    deps: { alwaysBundle: [/./], onlyBundle: false },
    dts: false,
    outDir,
    logLevel: "silent",
    failOnWarn: true,
  });
  return readFile(join(outDir, "page.iife.js"), "utf8");
};
