import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createTestLogger } from "@loraloom/store/testing";
import { execaSync } from "execa";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import { openWorkFolder } from "./work-folder.ts";

const id = "01JD0000000000000000000000";

test("folders of ended workers of this machine go, all others stay", async () => {
  const root = await mkdtemp(join(tmpdir(), "loraloom work folder "));
  const endedPid = execaSync(process.execPath, ["-p", "process.pid"]).stdout;
  const others = [
    `worker-${hostname()}-${process.pid}-${ulid()}`,
    `worker-elsewhere-${endedPid}-${id}`,
    "notes",
  ];
  // The second one is of a container that has been started again: its worker has the number that it had before.
  const ended = [`worker-${hostname()}-${endedPid}-${id}`, `worker-${hostname()}-${process.pid}-${id}`];
  for (const name of [...others, ...ended]) await mkdir(join(root, name, "checkpoints"), { recursive: true });
  {
    await using folder = await openWorkFolder(root, {
      id: id.replace("D", "E"),
      log: createTestLogger().log,
    });
    await mkdir(join(folder.path, "run"));
  }
  expect((await readdir(root)).sort()).toEqual(others.sort());
  await rm(root, { recursive: true });
});
