import { type Fault, startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { flagsKey } from "../keys/index.ts";
import { getObject, putObjectIf } from "../objects/index.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { dictionaryOf, flagsOf } from "../testing/flags.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { projectFlags, setFlags } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const key = flagsKey(folder);
const flip = (store: Store, name: string, used: boolean) => setFlags(store, folder, [{ name, used }]);
/** Reads, changes and writes on condition, as a careful tool does. */
const writeAsAnotherTool = async (store: Store, name: string, used: boolean): Promise<void> => {
  for (let written: unknown = "conflict"; written === "conflict"; ) {
    const object = await getObject(store.objects, { key });
    const flags = JSON.parse(Buffer.from((await object?.bytes()) ?? "{}").toString());
    const body = JSON.stringify({ ...flags, [name]: used });
    written = await putObjectIf(store.objects, { key, body }, { ifMatch: object?.etag ?? "" });
  }
};

test("1000 flips at once are a handful of PUTs, and the dictionary equals the table at the end", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
  for (const name of names) await storeFile(store, scope, { name });
  await store.background.settled();
  const matches: Fault["matches"] = ({ method, path }) => method === "PUT" && path.includes("metadata.json");
  proxy.setFault({ kind: "hold", matches });
  const flips = Array.from({ length: 1000 }, (_, index) => ({
    name: names[index % 20] ?? "",
    used: (index * 7) % 3 === 0,
  }));
  await Promise.all(flips.map(({ name, used }) => flip(store, name, used)));
  const whileFlipped = proxy.hits();
  // Counts the PUTs and lets them pass.
  proxy.setFault({ kind: "slow", delayMs: 0, matches });
  await store.background.settled();
  expect(whileFlipped + proxy.hits()).toBeLessThanOrEqual(12);
  expect((await dictionaryOf(store, scope)).toSorted()).toEqual((await flagsOf(store)).toSorted());
});

test("several processes flip and project at once under faults, and the dictionary equals the table", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  await using other = await openStore(store.config, store.log);
  const names = ["a", "b", "c", "d"];
  for (const name of names) await storeFile(store, scope, { name });
  proxy.setFault({
    kind: "lose-answer",
    times: 6,
    matches: ({ method, path }) => method === "PUT" && path.includes("metadata.json"),
  });
  await Promise.all(
    [store, other].flatMap((process, turn) =>
      Array.from({ length: 40 }, (_, index) =>
        flip(process, names[index % 4] ?? "", (index + turn) % 3 === 0),
      ),
    ),
  );
  await Promise.all([store.background.settled(), other.background.settled()]);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual(await flagsOf(store));
});

test("what another tool writes while flags are flipped is merged in", async () => {
  await using store = await openTestStore();
  const names = ["a", "b", "theirs"];
  for (const name of names) await storeFile(store, scope, { name });
  await store.background.settled();
  const flips = Array.from({ length: 60 }, (_, index) => flip(store, index % 2 ? "a" : "b", index % 3 === 0));
  await Promise.all([...flips, writeAsAnotherTool(store, "theirs", false)]);
  for (const name of ["a", "b"]) await flip(store, name, false);
  await store.background.settled();
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", false],
    ["theirs", false],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual(await flagsOf(store));
});
