import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
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

test("a file that is put in another's place is a change each time, also in a folder that came later", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loraloom-watch-"));
  let changes = 0;
  using _watching = watchFolders([folder], async () => {
    changes++;
  });
  const seesThat = async (happens: () => void) => {
    const before = changes;
    happens();
    expect(await waitUntil(() => changes > before, 100_000)).toBe(true);
  };
  const later = join(folder, "later", "deep");
  const code = join(later, "code.py");
  const put = () => {
    mkdirSync(later, { recursive: true });
    writeFileSync(`${code}.draft`, "");
    renameSync(`${code}.draft`, code);
  };
  for (const _ of [1, 2, 3]) await seesThat(put);
  await seesThat(() => rmSync(join(folder, "later"), { recursive: true }));
  await seesThat(put);
  rmSync(folder, { recursive: true });
});
