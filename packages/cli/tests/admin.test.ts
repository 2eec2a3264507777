import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { putObject } from "@loraloom/store/objects";
import { claimRun } from "@loraloom/store/runs";
import { registerWorker } from "@loraloom/store/workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";
import { runInTerminal } from "./run-in-terminal.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

let cli: TestCli;
beforeAll(async () => {
  cli = await openTestCli();
  for (const name of ["a.jsonl", "b.jsonl"]) await writeFile(join(cli.folder, name), row);
  await cli.run(["adapters", "create"]);
  await cli.run(["upload", "a.jsonl", "b.jsonl"]);
});
afterAll(() => cli?.[Symbol.asyncDispose]());

type Listed = { files: { name: string }[] };
const loseFiles = () => cli.server.store.pool.query("delete from files where name = 'b.jsonl'");
const namesOf = async () => (await cli.json<Listed>(["ls"])).files.map(({ name }) => name);

test("what the database lost comes back from the object store, and is counted", async () => {
  await loseFiles();
  expect(await namesOf()).toEqual(["a.jsonl"]);
  const { exitCode, stdout } = await cli.run(["admin", "rebuild", "--yes"]);
  expect(exitCode).toBe(0);
  expect(stdout.split("\n")).toEqual([
    "avatars\t1 looked through",
    "files\t1 added, 0 changed, 0 missing, 0 skipped",
    "adapters\t0 added",
    "versions\t0 added",
    "backups\t0 added",
    "runs\t0 added",
    "damaged\t0",
  ]);
  expect(await namesOf()).toEqual(["a.jsonl", "b.jsonl"]);
  expect(await cli.json(["admin", "rebuild", "--yes"])).toMatchObject({
    avatars: 1,
    files: { adopted: 0 },
    damaged: { count: 0 },
  });
});

test("asks first; only a yes begins it, and without a terminal only --yes", async () => {
  await loseFiles();
  expect((await cli.run(["admin", "rebuild"])).exitCode).toBe(2);
  const show = (answer: string) =>
    runInTerminal(["admin", "rebuild"], cli, [{ wait: "of every user? (y/N)", send: `${answer}\r` }]);
  const declined = await show("n");
  expect(declined).toMatchObject({ exitCode: 1, raw: expect.stringContaining("Nothing was changed.") });
  expect(await namesOf()).toEqual(["a.jsonl"]);
  const agreed = await show("y");
  expect(agreed).toMatchObject({ exitCode: 0, raw: expect.stringContaining("reading the object store …") });
  expect(agreed.lines.filter(Boolean).at(-1)).toMatch(/^damaged +0$/);
  expect(await namesOf()).toEqual(["a.jsonl", "b.jsonl"]);
});

test("a damaged object is named and ends it with 1; a user's key may not rebuild", async () => {
  const key = "users/ada/avatars/mia/adapters/versions/01M7Z25ZDE2TZ3GP7YWW4B78FA/manifest.json";
  await putObject(cli.server.store.objects, { key, body: "{oops" });
  const { exitCode, stdout } = await cli.run(["admin", "rebuild", "--yes"]);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 1,
    stdout: expect.stringContaining(`damaged ${key}: is not a manifest`),
  });
  const made = await cli.run(["keys", "create", "--name", "laptop"]);
  const asAda = { env: { LORALOOM_API_KEY: made.stdout } };
  expect(await cli.run(["admin", "rebuild", "--yes"], asAda)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[missing_scope"),
  });
});

test("the audit log tells who changed what, by kind and time", async () => {
  const { entries } = await cli.json<{ entries: { action: string }[] }>(["admin", "audit"]);
  expect(entries).toContainEqual(expect.objectContaining({ action: "adapter-created", avatarId: "mia" }));
  const { stdout } = await cli.run(["admin", "audit", "--action", "adapter-created", "--from", "1d"]);
  expect(stdout).toMatch(/\tadapter-created\t.*\tada\tmia\t/);
  expect((await cli.run(["admin", "audit", "--to", "1d"])).stderr).toBe("No entries.");
  expect(await cli.run(["admin", "audit", "--action", "adapter-craeted"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`"adapter-craeted" is unknown (did you mean 'adapter-created'?)`),
  });
  expect(await cli.json(["admin", "audit", "--all", "--limit", "1"])).toMatchObject({
    entries: [expect.anything()],
    nextCursor: expect.any(String),
  });
});

test("a worker is told to drain and to open again, which the list of workers shows; one that is not there is named", async () => {
  const worker = {
    id: "w1",
    url: "http://127.0.0.1:1",
    engineKey: "HuggingFaceTB/SmolLM2-135M-Instruct@main/float32/none",
  };
  await registerWorker(cli.server.store, { ...worker, roles: ["train"], state: "ready", slots: 1 });
  expect((await cli.run(["admin", "drain", "w1"])).stdout).toBe("draining w1");
  expect((await cli.run(["train", "--detach", "--skip-invalid-rows"])).exitCode).toBe(0);
  const claim = () =>
    claimRun(cli.server.store, { workerId: "w1", engineKey: worker.engineKey, leaseSeconds: 60 });
  await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
  expect((await cli.run(["workers"])).stdout).toMatch(/^w1\tready, to be drained\tHugging\S+\t0\t1\t1\t/);
  expect((await cli.run(["admin", "drain", "w1", "--undo"])).stdout).toBe("opened w1");
  expect(await cli.run(["admin", "drain", "w2"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("'w2'"),
  });
});

test("sweeps and the store's probe are run now, and what they found is shown", async () => {
  expect((await cli.run(["admin", "sweep"])).stdout).toMatch(/^expired-uploads\t\d+\t-\n/);
  const probed = await cli.run(["admin", "probe"]);
  expect(probed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^read-back\tpassed\n/) });
});

test("an avatar is erased once its id was given again, and says before what there is", async () => {
  const on = ["avatars", "erase", "mia"];
  const found = await cli.run([...on, "--dry-run"]);
  expect(found).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^files\t2$/m) });
  expect((await cli.run(on)).exitCode).toBe(2);
  expect(await cli.run([...on, "--confirm", "mio"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[erasure_not_confirmed"),
  });
  const shown = await runInTerminal(on, cli, [{ wait: "Type 'mia' to erase it:", send: "mia\r" }]);
  expect(shown).toMatchObject({ exitCode: 0, raw: expect.stringContaining("adapters") });
  expect(await cli.run(["adapters", "create"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[avatar_erased"),
  });
});

test("a user is erased, by a service key alone", async () => {
  const made = await cli.run(["keys", "create", "--name", "laptop"]);
  const asAda = { env: { LORALOOM_API_KEY: made.stdout } };
  const erase = ["admin", "erase-user", "ada", "--confirm", "ada"];
  expect((await cli.run(erase, asAda)).stderr).toContain("[missing_scope");
  expect(await cli.json(erase)).toMatchObject({ dryRun: false, objectsRemoved: true, rows: { users: 1 } });
  expect((await cli.run(["ls"], asAda)).stderr).toContain("[invalid_key");
  expect((await cli.run(["keys", "create", "--name", "again"])).stderr).toContain("[user_erased");
});
