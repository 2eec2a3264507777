import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitUntil } from "./wait-until.ts";
import { watchFolders } from "./watch-folders.ts";

test("a burst of changed code files is one change; other files are none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loraloom-watch-"));
  let changes = 0;
  using _watching = watchFolders([folder], async () => {
    changes++;
  });
  writeFileSync(join(folder, "notes.txt"), "");
  writeFileSync(join(folder, "one.py"), "");
  writeFileSync(join(folder, "two.ts"), "");
  expect(await waitUntil(() => changes > 0, 100_000)).toBe(true);
  expect(changes).toBe(1);
  rmSync(folder, { recursive: true });
});
