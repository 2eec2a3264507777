import { mkdtempDisposable, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { provideMasterKey } from "./master-key.ts";

test("a master key is made once, for its owner alone, and never written over", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "loraloom-master-key-"));
  const path = provideMasterKey(join(folder.path, "data", "master-key"));
  const made = await readFile(path, "utf8");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const [, key = ""] = made.trim().split("\n");
  expect(Buffer.from(key, "base64")).toHaveLength(32);
  expect(await readFile(provideMasterKey(path), "utf8")).toBe(made);
});
