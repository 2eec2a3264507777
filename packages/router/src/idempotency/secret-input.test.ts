import { readFile, rm, writeFile } from "node:fs/promises";
import { newMasterKey, openTestStore } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { openTestApi, outcomeOf } from "../testing/open-test-api.ts";
import { hashRequest } from "./hash-request.ts";

const call = { userId: "ada", name: "hf-token", value: "hf_12345678", idempotencyKey: "once" } as const;
const another = { ...call, value: "hf_12345679" };
const bareHash = hashRequest({ owner: "ada", input: call });

const open = async () => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const api = opened.use(await openTestApi({ store }));
  const { secrets } = api.as((await api.makeKey()).key);
  const noted = async (): Promise<string[]> => {
    const { rows } = await store.pool.query<{ hash: string }>(
      "select request_hash as hash from idempotency_keys",
    );
    return rows.map(({ hash }) => hash);
  };
  const resources = opened.move();
  const keyFile = store.config.masterKeyFile ?? "";
  return { store, secrets, noted, keyFile, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

test("who reads the table of idempotency keys and guesses a secret does not learn that he is right", async () => {
  await using opened = await open();
  const { secrets, noted } = opened;
  const first = await secrets.set(call);
  expect(await noted()).toEqual([expect.not.stringMatching(bareHash)]);
  expect(await secrets.set(call)).toEqual(first);
  expect(await outcomeOf(() => secrets.set(another))).toMatchObject({ code: "idempotency_conflict" });
});

test("a secret's call is known again under a new master key, and where a host of the version before noted it", async () => {
  await using opened = await open();
  const { store, secrets, keyFile } = opened;
  const first = await secrets.set(call);
  await writeFile(keyFile, `${newMasterKey()}\n${await readFile(keyFile, "utf8")}`);
  expect(await secrets.set(call)).toEqual(first);
  expect(await outcomeOf(() => secrets.set(another))).toMatchObject({ code: "idempotency_conflict" });
  await store.pool.query("update idempotency_keys set request_hash = $1", [bareHash]);
  expect(await secrets.set(call)).toEqual(first);
});

test("without a master key nothing is kept of a secret's call", async () => {
  await using opened = await open();
  const { secrets, noted, keyFile } = opened;
  await rm(keyFile);
  expect(await outcomeOf(() => secrets.set(call))).toMatchObject({ code: "master_key_unusable" });
  expect(await noted()).toEqual([]);
});
