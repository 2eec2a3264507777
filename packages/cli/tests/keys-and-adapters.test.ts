import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";
import { runInTerminal } from "./run-in-terminal.ts";

let cli: TestCli;
beforeAll(async () => {
  cli = await openTestCli();
});
afterAll(() => cli?.[Symbol.asyncDispose]());

test("a key for one user is printed once, works, is listed and can be revoked", async () => {
  const made = await cli.run(["keys", "create", "--name", "laptop", "--scopes", "read", "--expires", "9d"]);
  expect(made).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("acts for ada") });
  const asAda = { env: { LORALOOM_API_KEY: made.stdout, LORALOOM_USER: "" } };
  expect((await cli.run(["ls"], asAda)).exitCode).toBe(0);
  expect(await cli.run(["train"], asAda)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[missing_scope"),
  });
  const { keys } = await cli.json<{ keys: { id: string; name: string }[] }>(["keys"]);
  expect(keys).toMatchObject([{ name: "laptop", userId: "ada", scopes: ["read"] }]);
  const id = keys[0]?.id ?? "";
  expect((await cli.run(["keys", "revoke", id])).stdout).toBe(`revoked ${id} laptop`);
  expect(await cli.run(["ls"], asAda)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[revoked_key"),
  });
  expect((await cli.run(["keys", "list", "--all"])).stdout).toMatch(/^laptop\t.*\nfirst key\t/);
});

test("a rotated key works on, and its former secret until the overlap is over", async () => {
  const made = await cli.json<{ id: string; key: string }>(["keys", "create", "--name", "rotated"]);
  const rotated = await cli.run(["keys", "rotate", made.id, "--overlap", "7d"]);
  expect(rotated).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("opens until") });
  const as = (key: string) => ({ env: { LORALOOM_API_KEY: key, LORALOOM_USER: "" } });
  expect((await cli.run(["ls"], as(made.key))).exitCode).toBe(0);
  expect((await cli.run(["ls"], as(rotated.stdout))).exitCode).toBe(0);
  expect((await cli.run(["keys", "list"])).stdout).toMatch(/^rotated\t.*its former secret until/m);
  const again = await cli.run(["keys", "rotate", made.id, "--overlap", "0"]);
  expect(again.stderr).toContain("has ended");
  expect(await cli.run(["ls"], as(rotated.stdout))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/\[rotated_key.*/),
  });
  for (const overlap of ["soon", "99d", "721h"])
    expect(await cli.run(["keys", "rotate", made.id, "--overlap", overlap])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(new RegExp(`--overlap.*'${overlap}'.*at most 30d`)),
    });
});

test("an avatar is shared, used by the other user, and no longer shared", async () => {
  const bob = await cli.json<{ key: string }>(["keys", "create", "--name", "bob", "--user", "bob"]);
  const asBob = { env: { LORALOOM_API_KEY: bob.key, LORALOOM_USER: "ada" } };
  expect(await cli.run(["ls"], asBob)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[user_mismatch"),
  });
  const shared = await cli.run(["shares", "set", "bob", "--role", "read-only", "--expires", "30d"]);
  expect(shared.stdout).toBe("shared mia with bob as read-only");
  expect((await cli.run(["ls"], asBob)).exitCode).toBe(0);
  expect((await cli.run(["shares"])).stdout).toMatch(/^bob\tread-only\t/);
  const mine = await cli.run(["shares", "mine"], { env: { ...asBob.env, LORALOOM_USER: "" } });
  expect(mine.stdout).toMatch(/^ada\tmia\tread-only\t/);
  expect((await cli.run(["shares", "remove", "bob"])).stdout).toBe("removed bob");
  expect((await cli.run(["ls"], asBob)).exitCode).toBe(1);
  expect(await cli.run(["shares", "remove", "bob"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("[share_not_found"),
  });
});

test("a service key acts for any user; a key for nobody in particular is wrong use", async () => {
  const made = await cli.json(["keys", "create", "--service", "--name", "backend"]);
  expect(made).toMatchObject({ kind: "service", userId: null, key: expect.any(String) });
  const nobody = { env: { LORALOOM_USER: "" } };
  expect((await cli.run(["keys", "create", "--name", "x"], nobody)).exitCode).toBe(2);
  expect((await cli.run(["keys", "create", "--name", "x", "--expires", "soon"])).exitCode).toBe(2);
});

test("adapters are made, listed and deleted; without a terminal only with --yes", async () => {
  expect(await cli.run(["adapters"])).toMatchObject({ exitCode: 0, stdout: "", stderr: "No adapters." });
  expect((await cli.run(["adapters", "create"])).stdout).toBe("mia HuggingFaceTB/SmolLM2-135M-Instruct");
  expect(await cli.json(["adapters"])).toMatchObject({
    adapters: [{ avatarId: "mia", currentVersion: null }],
  });
  expect(await cli.run(["adapters", "versions"])).toMatchObject({ exitCode: 0, stderr: "No versions." });
  expect(await cli.run(["adapters", "rollback"])).toMatchObject({ exitCode: 1 });
  expect((await cli.run(["adapters", "delete"])).exitCode).toBe(2);
  expect((await cli.run(["adapters", "delete", "--yes"])).stdout).toBe("deleted mia");
  expect((await cli.run(["adapters"])).stderr).toBe("No adapters.");
});

test("a secret comes from stdin or a terminal that shows nothing of it, and can't be read again", async () => {
  expect((await cli.run(["secrets", "set", "wandb-key"], { input: "canary-stdin\n" })).stdout).toBe(
    "set wandb-key",
  );
  const typed = await runInTerminal(["secrets", "set", "hf-token"], cli, [
    { wait: "(it is not shown):", send: "canary-typed\r" },
  ]);
  expect(typed).toMatchObject({ exitCode: 0, raw: expect.stringContaining("set hf-token") });
  expect(typed.raw).not.toContain("canary");
  const { secrets } = await cli.json<{ secrets: object[] }>(["secrets"]);
  expect(secrets).toEqual(["hf-token", "wandb-key"].map((name) => ({ name, setAt: expect.any(String) })));
  const refused = await cli.run(["secrets", "set", "wandb-key"], { input: "canary with spaces" });
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[bad_input") });
  expect(refused.stderr).not.toContain("canary");
  expect((await cli.run(["secrets", "delete", "hf-token"])).stdout).toBe("deleted hf-token");
});

test("secrets move to a new master key by one command", async () => {
  const { keyId, ...counts } = await cli.json<{ keyId: string }>(["admin", "rewrap-secrets"]);
  expect({ keyId, counts }).toEqual({
    keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
    counts: { rewrapped: 0, unreadable: 0 },
  });
});
