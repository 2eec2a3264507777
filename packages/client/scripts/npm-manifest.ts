/**
 * Lets `npm pack` make what `pnpm pack` makes of the package it runs in: the workspace reads a package's sources and
 * links its neighbours, and only pnpm puts `publishConfig.exports` and the neighbours' versions into the packed
 * manifest by itself. `apply` runs before packing, `restore` after it; under pnpm both do nothing.
 */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const manifest = "package.json";
const kept = "dist/package.json.kept";

type Dependencies = Record<string, string>;

const apply = (): void => {
  const { publishConfig, ...fields } = JSON.parse(readFileSync(manifest, "utf8"));
  const dependencies = withVersions(fields.dependencies);
  copyFileSync(manifest, kept);
  const published = { ...fields, dependencies, exports: publishConfig.exports };
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
};

/** A neighbour is asked for in the version that lies beside this package. */
const withVersions = (dependencies: Dependencies): Dependencies =>
  Object.fromEntries(
    Object.entries(dependencies).map(([name, version]) =>
      version === "workspace:*" ? [name, versionOf(name)] : [name, version],
    ),
  );

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;

const restore = (): void => {
  if (!existsSync(kept)) return;
  copyFileSync(kept, manifest);
  rmSync(kept);
};

if (process.env.npm_config_user_agent?.startsWith("npm/")) {
  if (process.argv[2] === "apply") apply();
  else restore();
}
