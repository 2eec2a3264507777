/**
 * Lets `npm pack` make what `pnpm pack` makes: the workspace reads this package's sources, and only pnpm
 * puts `publishConfig.exports` into the packed manifest by itself. `apply` runs before packing, `restore`
 * after it; under pnpm both do nothing.
 */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const manifest = new URL("../package.json", import.meta.url);
const kept = new URL("../dist/package.json.kept", import.meta.url);

const apply = (): void => {
  const { publishConfig, ...fields } = JSON.parse(readFileSync(manifest, "utf8"));
  copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify({ ...fields, exports: publishConfig.exports }, null, 2)}\n`);
};

const restore = (): void => {
  if (!existsSync(kept)) return;
  copyFileSync(kept, manifest);
  rmSync(kept);
};

if (process.env.npm_config_user_agent?.startsWith("npm/")) {
  if (process.argv[2] === "apply") apply();
  else restore();
}
