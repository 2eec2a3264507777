import { and, eq, inArray, or, sql } from "drizzle-orm";
import { isValid } from "ulid";
import { insertDescribed } from "../adapters/describe-version.ts";
import { lockAdapter } from "../adapters/lock-adapter.ts";
import { readManifest } from "../adapters/manifest.ts";
import type { Pointer } from "../adapters/pointer.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { listFolders } from "../objects/index.ts";
import { readRunRecord } from "../runs/run-record.ts";
import { isStaged } from "../staging/index.ts";
import type { Executor } from "../store.ts";
import type { VersionManifest, VersionState } from "../tables/adapters.ts";
import { backups, runs, versions } from "../tables/index.ts";
import { findFault } from "./file-faults.ts";
import { noteDamaged } from "./outcome.ts";
import type { Rebuild } from "./rebuild.ts";

/** The versions that are whole and that the table doesn't have. */
export const adoptVersions = async (
  work: Rebuild,
  scope: AvatarScope,
  pointer: Pointer | undefined,
): Promise<void> => {
  for await (const version of listFolders(work.store.objects, adapterKeys(scope).versionsPrefix)) {
    if (isValid(version)) await adoptVersion(work, { ...scope, version }, pointer);
  }
};

type Place = AvatarScope & { version: string };

const adoptVersion = async (work: Rebuild, place: Place, pointer: Pointer | undefined): Promise<void> => {
  const { store, outcome } = work;
  if ((await store.db.$count(versions, eq(versions.id, place.version))) > 0) return;
  if (await isUnderWay(store.db, place)) return;
  const manifest = await readManifest(store, place);
  // Without its last object it was never finished.
  if (manifest === "missing") return;
  const key = adapterKeys(place).versionManifest(place.version);
  if (manifest === "damaged") return noteDamaged(outcome, { key, reason: "is not a manifest" });
  const keyOf = (file: string) => adapterKeys(place).versionFile(place.version, file);
  const fault = await findFault(store, manifest.files, keyOf);
  if (fault) return noteDamaged(outcome, fault);
  if (await wasGivenUp(work, place, manifest)) return;
  if (await insertVersion(work, place, { manifest, pointer })) outcome.versions += 1;
};

/** Whole, but of an attempt that came too late: the run's record names another version, or none. */
const wasGivenUp = async (
  { store }: Rebuild,
  { version, ...scope }: Place,
  { runId, restoredFrom }: VersionManifest,
): Promise<boolean> => {
  if (restoredFrom !== null) return false;
  const record = await readRunRecord(store, scope, runId);
  return typeof record !== "string" && record.version !== version;
};

/** Under the adapter's lock: who is about to show this version, or gave it up, is seen. */
const insertVersion = (
  { store }: Rebuild,
  place: Place,
  { manifest, pointer }: { manifest: VersionManifest; pointer: Pointer | undefined },
): Promise<boolean> =>
  store.db.transaction(async (tx) => {
    await lockAdapter(tx, place);
    if (await isUnderWay(tx, place)) return false;
    const { userId, avatarId } = place;
    const told = toldBy(pointer, place.version) ?? (await stateInBackup(tx, place.version));
    return insertDescribed(tx, {
      userId,
      avatarId,
      state: told?.state ?? "candidate",
      publishedSeq: told?.publishedSeq ?? null,
      manifest: { ...manifest, generation: told?.generation ?? manifest.generation },
    });
  });

const isUnderWay = async (tx: Executor, place: Place): Promise<boolean> => {
  const { userId, avatarId, version } = place;
  if (await isStaged(tx, adapterKeys(place).versionPrefix(version))) return true;
  const isNamed = or(
    eq(runs.versionId, version),
    sql`${runs.abandonedVersions} @> ${JSON.stringify([version])}::jsonb`,
  );
  const [run] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.userId, userId), eq(runs.avatarId, avatarId), isNamed))
    .limit(1);
  return run !== undefined;
};

type Told = { state: VersionState; publishedSeq: number | null; generation?: number };

/** Numbers in the order of the pointer's list, as they were; the pointer's own is the only one that is known. */
const toldBy = (pointer: Pointer | undefined, version: string): Told | undefined => {
  if (!pointer) return undefined;
  const place = [pointer.version, ...pointer.previous].indexOf(version);
  if (place < 0) return undefined;
  return { state: "previous", publishedSeq: pointer.publish_seq - place, generation: pointer.generation };
};

/** It was published once, and later than 50 others. */
const stateInBackup = async (tx: Executor, version: string): Promise<Told | undefined> => {
  const wasPublished = inArray(backups.versionState, ["current", "previous"]);
  const [backup] = await tx
    .select({ id: backups.id })
    .from(backups)
    .where(and(eq(backups.versionId, version), wasPublished))
    .limit(1);
  return backup && { state: "previous", publishedSeq: null };
};
