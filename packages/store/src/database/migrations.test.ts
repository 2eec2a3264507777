import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../migrations");

/** A database that has run a migration never runs it again: what changes afterwards needs one of its own. */
test("every migration is as it was released", async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const hashes = names.map(async (name) => {
    const sha256 = createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
    return [name.replace(/\.sql$/, ""), sha256];
  });
  const released: unknown = JSON.parse(await readFile(join(folder, "released.json"), "utf8"));
  expect(Object.fromEntries(await Promise.all(hashes))).toEqual(released);
});
