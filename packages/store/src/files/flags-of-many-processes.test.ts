import { type Fault, type FaultProxy, startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import { type FlaggedFolder, flagsKey } from "../keys/index.ts";
import { getObject, type ObjectStore, openObjects, putObject, putObjectIf } from "../objects/index.ts";
import { startSideJobs } from "../side-jobs/index.ts";
import type { Store } from "../store.ts";
import { dictionaryOf, flagsOf } from "../testing/flags.ts";
import { flipInProcess } from "../testing/flip-process.ts";
import { inspectLines, openTestStore, storeFile, type TestStore } from "../testing/index.ts";
import { addFile } from "../testing/scenario.ts";
import { deleteFile, type FlagChange, setFlags } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder: FlaggedFolder = { ...scope, kind: "training_data" };
const key = flagsKey(folder);
const processes = 8;
const flipsEach = 1_250;
const namesEach = 25;
const foreignNames = ["foreign-0", "foreign-1", "foreign-2"];
const foreignTurns = 8;

type Flags = Map<string, boolean>;

/** Any numbers, the same in every run of the test. */
const randomOf = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const namesOf = (process: number): string[] =>
  Array.from({ length: namesEach }, (_, index) => `p${process}-${index}`);

/** The flips of one process in calls of 1 to 12 names, some of them twice in a call. */
const callsOf = (process: number): FlagChange[][] => {
  const random = randomOf(process + 1);
  const names = namesOf(process);
  const calls: FlagChange[][] = [];
  for (let left = flipsEach; left > 0; ) {
    const size = Math.min(left, 1 + random(12));
    calls.push(
      Array.from({ length: size }, () => ({ name: names[random(namesEach)] ?? "", used: random(2) === 0 })),
    );
    left -= size;
  }
  return calls;
};

/** Flags as they must be after the calls. */
const play = (model: Flags, calls: FlagChange[][]): void => {
  for (const { name, used } of calls.flat()) model.set(name, used);
};

const faults: Omit<Fault, "matches">[] = [
  { kind: "unavailable", times: 5 },
  { kind: "cut-body", times: 2 },
  { kind: "lose-answer", times: 3 },
  { kind: "slow", times: 4, delayMs: 700 },
];

const setNextFault = (proxy: FaultProxy, turn: number): void => {
  const { kind = "slow", ...fault } = faults[turn % faults.length] ?? {};
  proxy.setFault({
    kind,
    ...fault,
    matches: ({ method, path }) =>
      path.includes("metadata.json") && (kind !== "cut-body" || method === "PUT"),
  });
};

const readText = async (objects: ObjectStore): Promise<{ text: string; etag: string }> => {
  const object = await getObject(objects, { key });
  return { text: Buffer.from((await object?.bytes()) ?? "{}").toString(), etag: object?.etag ?? "" };
};

type Edit = { name: string; used: boolean; old: string };

/**
 * Reads the dictionary, changes one name, writes on condition: a careful tool, which writes JSON of its own. It
 * doesn't build on what it brought back itself.
 */
const writeAsAnotherTool = async (objects: ObjectStore, { name, used, old }: Edit): Promise<void> => {
  for (let written: unknown = "conflict"; written === "conflict"; ) {
    const { text, etag } = await readText(objects);
    if (text === old) continue;
    const body = JSON.stringify({ ...JSON.parse(text), [name]: used });
    written = await putObjectIf(objects, { key, body }, { ifMatch: etag });
  }
};

type ForeignTool = { store: Store; direct: ObjectStore; proxy: FaultProxy; old: string };

/**
 * Flips names that are its own, and after each is taken over brings back what it once read of all.
 *
 * @returns how many requests met a fault meanwhile
 */
const runForeignTool = async ({ store, direct, proxy, old }: ForeignTool, model: Flags): Promise<number> => {
  let faultsMet = 0;
  for (let turn = 0; turn < foreignTurns; turn += 1) {
    const name = foreignNames[turn % foreignNames.length] ?? "";
    const used = turn % 2 === 1;
    setNextFault(proxy, turn);
    await writeAsAnotherTool(direct, { name, used, old });
    model.set(name, used);
    await setFlags(store, folder, [{ name: "ours", used: true }]);
    await vi.waitFor(async () => expect(await flagsOf(store)).toContainEqual([name, used]), waiting);
    await putObject(direct, { key, body: old });
    faultsMet += proxy.hits();
  }
  proxy.setFault();
  return faultsMet;
};

const waiting = { timeout: 100_000, interval: 50 };

const prepare = async (store: TestStore): Promise<Flags> => {
  const names = [
    ...Array.from({ length: processes }, (_, process) => namesOf(process)).flat(),
    ...foreignNames,
  ];
  for (const name of names) await addFile(store, scope, { name });
  for (const name of ["ours", "gone"]) await storeFile(store, scope, { name });
  await store.background.settled();
  return new Map([...names, "ours"].map((name) => [name, true]));
};

test("10,000 flips by 8 processes under faults, and a foreign tool: the table is the model, and the dictionary the table", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  await using direct = openObjects(
    { ...store.config.objects, endpoint: testServices().s3.endpoint },
    store.log,
  );
  const model = await prepare(store);
  const { text: old } = await readText(direct);
  expect(Object.keys(JSON.parse(old))).toContain("gone");
  await deleteFile(store, scope, { kind: "training_data", name: "gone" });
  await using _jobs = await startSideJobs(store, { inspect: inspectLines });

  const flipping = Array.from({ length: processes }, (_, process) => {
    const calls = callsOf(process);
    play(model, calls);
    return flipInProcess({ config: store.config, folder, calls });
  });
  expect(await runForeignTool({ store, direct, proxy, old }, model)).toBeGreaterThan(foreignTurns / 2);
  await Promise.all(flipping.map(({ flipped }) => flipped));
  await setFlags(store, folder, [{ name: "ours", used: false }]);
  model.set("ours", false);
  const expected = [...model].sort(([one], [other]) => (one < other ? -1 : 1));

  expect(await flagsOf(store)).toEqual(expected);
  await vi.waitFor(async () => expect(await dictionaryOf(store, folder)).toEqual(expected), waiting);
  await Promise.all(flipping.map(({ ended }) => ended));
  expect(await flagsOf(store)).toEqual(expected);
  expect(await dictionaryOf(store, folder)).toEqual(expected);
});
