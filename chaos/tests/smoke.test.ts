import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { withSharedTinyBase } from "@loraloom/testkit";
import { expect, test } from "vitest";

const main = join(import.meta.dirname, "../src/main.ts");
const run = async (...args: string[]) =>
  promisify(execFile)(process.execPath, [main, ...args], { env: await withSharedTinyBase() });

test("half a minute of faults violates no invariant, and leaves neither data nor processes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-chaos-test-"));
  try {
    const jsonFile = join(folder, "result.json");
    const { stdout } = await run("--smoke", "--seed", "1", "--json", jsonFile);
    const { counts, violations, folder: data } = JSON.parse(await readFile(jsonFile, "utf8"));
    expect(violations).toEqual([]);
    expect(stdout).toContain("Every invariant held.");
    const titles = counts.map(({ title }: { title: string }) => title);
    expect(titles).toEqual(["faults", "runs", "what runs went through", "what was seen", "users' wishes"]);
    const { stdout: processes } = await promisify(execFile)("ps", ["-A", "-o", "args="]);
    expect(processes).not.toContain(data);
    await expect(readFile(join(data, "secrets.json"))).rejects.toMatchObject({ code: "ENOENT" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("what is not understood is refused with the usage", async () => {
  const refused = { code: 2, stderr: expect.stringContaining("--minutes M") };
  await expect(run("--minutes", "soon")).rejects.toMatchObject(refused);
  await expect(run("--faults")).rejects.toMatchObject(refused);
});
