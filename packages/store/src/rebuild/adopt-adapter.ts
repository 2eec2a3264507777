import { and, eq, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import { adapterOf } from "../adapters/lock-adapter.ts";
import { readManifest } from "../adapters/manifest.ts";
import { isPlainCopyCurrent } from "../adapters/plain-copy.ts";
import { type Pointer, readPointer } from "../adapters/pointer.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { listFolders } from "../objects/index.ts";
import { readRunRecord } from "../runs/run-record.ts";
import type { Executor } from "../store.ts";
import { adapters, versions } from "../tables/index.ts";
import type { Rebuild } from "./rebuild.ts";

/** What the store knew of an adapter; without a pointer it only shows that there was one. */
export type AdoptedAdapter = { pointer: Pointer | undefined };

/**
 * The adapter of an avatar as its pointer tells it, but for its current version, which has to be there first. A row
 * that has the pointer's number or a higher one stays as it is.
 *
 * @returns `undefined` where there is no sign of an adapter
 */
export const adoptAdapter = async (
  work: Rebuild,
  scope: AvatarScope,
): Promise<AdoptedAdapter | undefined> => {
  const { pointer } = await readPointer(work.store, scope);
  const baseModel = pointer?.base_model ?? (await findBaseModel(work, scope));
  if (baseModel === undefined) return undefined;
  if (await writeAdapter(work.store.db, scope, { pointer, baseModel })) work.outcome.adapters += 1;
  return { pointer };
};

/** Of whatever was trained; versions are the surer sign. */
const findBaseModel = async ({ store }: Rebuild, scope: AvatarScope): Promise<string | undefined> => {
  const keys = adapterKeys(scope);
  for await (const version of listFolders(store.objects, keys.versionsPrefix)) {
    const manifest = await readManifest(store, { ...scope, version });
    if (typeof manifest !== "string") return manifest.baseModel;
  }
  for await (const runId of listFolders(store.objects, keys.runsPrefix)) {
    const record = await readRunRecord(store, scope, runId);
    if (typeof record !== "string") return record.baseModel;
  }
  return undefined;
};

type Told = { pointer: Pointer | undefined; baseModel: string };

/** @returns whether the store knew more than the table */
const writeAdapter = async (
  db: Executor,
  { userId, avatarId }: AvatarScope,
  { pointer, baseModel }: Told,
): Promise<boolean> => {
  if (!pointer) return insertUnpointed(db, { userId, avatarId }, baseModel);
  const { publish_seq: publishSeq, generation } = pointer;
  // Nothing is projected before the versions are there, too.
  const told = { state: stateOf(pointer), baseModel, publishSeq, projectedSeq: publishSeq };
  const written = await db
    .insert(adapters)
    .values({ userId, avatarId, generation, ...told })
    .onConflictDoUpdate({
      target: [adapters.userId, adapters.avatarId],
      set: {
        ...told,
        generation: sql`greatest(${adapters.generation}, ${generation})`,
        updatedAt: sql`now()`,
      },
      setWhere: sql`${adapters.publishSeq} < ${publishSeq}`,
    })
    .returning({ userId: adapters.userId });
  return written.length > 0;
};

const stateOf = ({ state, version }: Pointer) => state ?? (version === null ? "deleted" : "active");

/** The pointer is lost: a new one will be written. */
const insertUnpointed = async (
  db: Executor,
  { userId, avatarId }: AvatarScope,
  baseModel: string,
): Promise<boolean> => {
  const written = await db
    .insert(adapters)
    .values({ userId, avatarId, state: "active", baseModel, publishSeq: sql`nextval('publish_seq')` })
    .onConflictDoNothing()
    .returning({ userId: adapters.userId });
  return written.length > 0;
};

/**
 * Shows the version that the pointer names, unless something was made current since. The plain copy is due then:
 * what made the tables go may have caught it half-way.
 */
export const settleAdapter = async (
  { store }: Rebuild,
  scope: AvatarScope,
  pointer: Pointer | undefined,
): Promise<void> => {
  if (!pointer?.version) return;
  const { version, publish_seq: publishSeq } = pointer;
  await store.db.transaction(async (tx) => {
    const isMissing = or(isNull(adapters.currentVersion), ne(adapters.currentVersion, version));
    const [settled] = await tx
      .update(adapters)
      .set({ currentVersion: version, projectedSeq: 0 })
      .where(and(adapterOf(scope), eq(adapters.publishSeq, publishSeq), isMissing, existsVersion(version)))
      .returning();
    if (!settled) return;
    const { userId, avatarId } = scope;
    const ofAvatar = and(eq(versions.userId, userId), eq(versions.avatarId, avatarId));
    await tx
      .update(versions)
      .set({ state: "previous" })
      .where(and(ofAvatar, eq(versions.state, "current")));
    await tx
      .update(versions)
      .set({ state: "current", publishedSeq: publishSeq })
      .where(eq(versions.id, version));
  });
};

/** Lets the plain copy be written anew where it is not what the row takes it for, as in a bucket that was restored. */
export const recheckPlainCopy = async ({ store }: Rebuild, scope: AvatarScope): Promise<void> => {
  const isProjected = and(adapterOf(scope), eq(adapters.projectedSeq, adapters.publishSeq));
  const [adapter] = await store.db
    .select()
    .from(adapters)
    .where(and(isProjected, isNotNull(adapters.currentVersion)));
  if (!adapter || (await isPlainCopyCurrent(store, store.db, adapter))) return;
  await store.db
    .update(adapters)
    .set({ projectedSeq: 0 })
    .where(and(isProjected, eq(adapters.publishSeq, adapter.publishSeq)));
};

const existsVersion = (version: string) =>
  sql`exists (select from ${versions} where ${versions.id} = ${version} and ${versions.userId} = ${adapters.userId}
    and ${versions.avatarId} = ${adapters.avatarId})`;
