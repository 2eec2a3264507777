import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "tsdown";

/**
 * Bundles the fixture project's page with everything it needs, as a user's bundler does, from the
 * installed package. Fails if anything of Node would be needed.
 *
 * @returns a script that sets the global `page`
 */
export const bundlePage = (folder: string): Promise<string> =>
  bundle({ entry: join(folder, "src", "page.ts"), outDir: join(folder, "bundle") });

/** The same of any page; it finds its packages from where it lies. */
export const bundle = async ({ entry, outDir }: { entry: string; outDir: string }): Promise<string> => {
  await build({
    config: false,
    cwd: dirname(entry),
    entry: { page: entry },
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
