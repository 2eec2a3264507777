import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createBackup } from "../backups/index.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { deleteObject, getObject, listMultiparts, putObject, startMultipart } from "../objects/index.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { adapters } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { prepareAvatar, trainVersion } from "../testing/scenario.ts";
import {
  createAdapter,
  deleteAdapter,
  getAdapter,
  listUnprojectedAdapters,
  projectAdapter,
  rollbackAdapter,
} from "./index.ts";
import { writePlainCopy } from "./plain-copy.ts";
import { writePointer } from "./pointer.ts";
import { raiseNumbers, raiseSequence } from "./raise-numbers.ts";

test("current.json and the plain copy show the current version after each change", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const one = await trainVersion(store, scope);
  await expectProjected(store, scope, { version: one, previous: [] });
  const two = await trainVersion(store, scope);
  await expectProjected(store, scope, { version: two, previous: [one] });
  await rollbackAdapter(store, scope);
  await expectProjected(store, scope, { version: one, previous: [two] });
  await trainVersion(store, scope, { publish: "candidate" });
  await expectProjected(store, scope, { version: one, previous: [two] });
});

test("a plain copy that was cut off leaves no parts once the next is written, and no other upload ends", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const { plain } = adapterKeys(scope);
  const keys = [plain("adapter_model.safetensors"), plain("adapter_model.safetensors.bak")];
  for (const key of keys)
    await startMultipart(store.objects, { key, contentType: "text/plain", metadata: {}, isCopied: true });
  const version = await trainVersion(store, scope);
  await expectProjected(store, scope, { version, previous: [] });
  expect(await Array.fromAsync(listMultiparts(store.objects, plain("")), ({ key }) => key)).toEqual([
    keys[1],
  ]);
});

test("a whole model has no plain copy; it says what it is, and so does its copy in a backup", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const adapter = await trainVersion(store, scope);
  await expectProjected(store, scope, { version: adapter, previous: [] });
  const model = await trainVersion(store, scope, { fullFineTuning: true });
  await store.background.settled();
  expect(await readPointer(store, scope)).toMatchObject({ version: model, previous: [adapter] });
  expect(await readPlain(store, scope, "adapter_model.safetensors")).toBeUndefined();
  expect((await createBackup(store, scope)).manifest).toMatchObject({ version: model, kind: "model" });
  await rollbackAdapter(store, scope);
  await expectProjected(store, scope, { version: adapter, previous: [model] });
});

test("no current version: the pointer says so, in the next generation, and there is no plain copy", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await trainVersion(store, scope);
  await store.background.settled();
  const deleted = await deleteAdapter(store, scope);
  await store.background.settled();
  expect(await readPointer(store, scope)).toEqual({
    version: null,
    previous: [],
    publish_seq: deleted.publishSeq,
    generation: 2,
    state: "deleted",
    base_model: "tiny",
  });
  expect(await readPlain(store, scope, "adapter_model.safetensors")).toBeUndefined();
  expect(await readPlain(store, scope, "adapter_config.json")).toBeUndefined();

  await createAdapter(store, scope, { baseModel: "tiny" });
  const version = await trainVersion(store, scope);
  await expectProjected(store, scope, { version, previous: [] });
});

test("an adapter without a version has a pointer, which tells its base model", async () => {
  await using store = await openTestStore();
  await createAdapter(store, { userId: "ada", avatarId: "new" }, { baseModel: "tiny" });
  await store.background.settled();
  expect(await readPointer(store, { userId: "ada", avatarId: "new" })).toMatchObject({
    version: null,
    state: "active",
    base_model: "tiny",
  });
});

test("a late projection leaves what is newer", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await trainVersion(store, scope);
  const late = await getAdapter(store, scope);
  const version = await trainVersion(store, scope);
  await store.background.settled();
  expect(await writePointer(store, late, [])).toMatchObject({ version });
  await writePlainCopy(store, store.db, late);
  await raiseNumbers(store.db, late, { version, previous: [], publish_seq: 99, generation: 7 });
  await expectProjected(store, scope, { version, previous: [late.currentVersion ?? ""] });
});

test("a restored database goes on above the numbers that it finds", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const version = await trainVersion(store, scope);
  await store.background.settled();
  const newer = { version: "newer", previous: [], publish_seq: 99, generation: 3 };
  await putObject(store.objects, { key: adapterKeys(scope).current, body: JSON.stringify(newer) });
  const metadata = { version: "newer", "publish-seq": "99" };
  const plain = adapterKeys(scope).plain("adapter_model.safetensors");
  await putObject(store.objects, { key: plain, body: "newer", metadata });
  await forgetProjection(store, scope);

  await projectAdapter(store, scope);
  expect(await getAdapter(store, scope)).toMatchObject({ publishSeq: 100, generation: 4 });
  await expectProjected(store, scope, { version, previous: [] });
  const next = await trainVersion(store, scope);
  await expectProjected(store, scope, { version: next, previous: [version] });
});

test("of many that raise the sequence while others take numbers, none gets a number twice", async () => {
  await using store = await openTestStore();
  const taken = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      if (index % 3 === 0) await raiseSequence(store.db, index);
      const { rows } = await store.db.execute<{ seq: string }>(sql`select nextval('publish_seq') as seq`);
      return Number(rows[0]?.seq);
    }),
  );
  expect(new Set(taken).size).toBe(taken.length);
  expect(Math.max(...taken)).toBeGreaterThan(57);
});

test("many changes projected by several processes at once end at the last one", async () => {
  await using store = await openTestStore();
  await using other = await openStore(store.config, store.log);
  const scope = await prepareAvatar(store);
  const trained = [await trainVersion(store, scope), await trainVersion(store, scope)];
  const turns = Array.from({ length: 6 }, async (_, index) => {
    await rollbackAdapter(index % 2 ? store : other, scope, { version: trained[index % 2] });
    await projectAdapter(index % 2 ? other : store, scope);
  });
  await Promise.all(turns);
  await other.background.settled();
  const { currentVersion } = await getAdapter(store, scope);
  const previous = trained.filter((version) => version !== currentVersion);
  await expectProjected(store, scope, { version: currentVersion ?? "", previous });
});

test("a projection that was missed is due until it is made up for", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const version = await trainVersion(store, scope);
  await store.background.settled();
  expect(await listUnprojectedAdapters(store, 10)).toEqual([]);
  await deleteObject(store.objects, { key: adapterKeys(scope).current });
  await forgetProjection(store, scope);
  expect(await listUnprojectedAdapters(store, 10)).toEqual([scope]);
  await projectAdapter(store, scope);
  expect(await listUnprojectedAdapters(store, 10)).toEqual([]);
  await expectProjected(store, scope, { version, previous: [] });
});

test("a damaged pointer is written anew", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const version = await trainVersion(store, scope);
  await store.background.settled();
  await putObject(store.objects, { key: adapterKeys(scope).current, body: "{ torn" });
  await forgetProjection(store, scope);
  await projectAdapter(store, scope);
  await expectProjected(store, scope, { version, previous: [] });
});

type Expected = { version: string; previous: string[] };

const expectProjected = async (store: Store, scope: AvatarScope, { version, previous }: Expected) => {
  await store.background.settled();
  const { publishSeq, projectedSeq, generation } = await getAdapter(store, scope);
  expect(projectedSeq).toBe(publishSeq);
  expect(await readPointer(store, scope)).toEqual({
    ...{ version, previous, publish_seq: publishSeq, generation },
    ...{ state: "active", base_model: "tiny" },
  });
  const metadata = { version, "publish-seq": String(publishSeq) };
  expect(await readPlain(store, scope, "adapter_model.safetensors")).toEqual({ body: version, metadata });
  expect(await readPlain(store, scope, "adapter_config.json")).toEqual({ body: "{}", metadata });
};

const readPointer = async (store: Store, scope: AvatarScope): Promise<unknown> => {
  const object = await getObject(store.objects, { key: adapterKeys(scope).current });
  return JSON.parse(Buffer.from((await object?.bytes()) ?? []).toString());
};

const readPlain = async (store: Store, scope: AvatarScope, file: string) => {
  const object = await getObject(store.objects, { key: adapterKeys(scope).plain(file) });
  return object && { body: Buffer.from(await object.bytes()).toString(), metadata: object.metadata };
};

/** As if the process had ended between the change and its projection. */
const forgetProjection = async (store: Store, { avatarId }: AvatarScope) => {
  await store.db.update(adapters).set({ projectedSeq: 0 }).where(eq(adapters.avatarId, avatarId));
};
