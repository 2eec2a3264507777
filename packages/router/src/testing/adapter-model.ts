/** What an adapter's versions must be like after any calls, kept in memory, and the calls about them. */
import { adapterKeys } from "@loraloom/store/keys";
import { listFolders } from "@loraloom/store/objects";
import { expect } from "vitest";
import { publishNext } from "./populate.ts";
import type { Model, Real } from "./training-data-model.ts";

export type AdapterModel = {
  current: string | null;
  /** Of each version the backup that it was restored from. */
  versions: Map<string, string | null>;
  /** Of each backup the version that it is a copy of. */
  backups: Map<string, string>;
};

export const emptyAdapter = (): AdapterModel => ({ current: null, versions: new Map(), backups: new Map() });

/** A worker's part of the oldest run, up to its version. */
export const publish = async ({ runs, adapter }: Model, { api, on }: Real): Promise<void> => {
  runs.shift();
  await api.store.background.settled();
  const version = await publishNext(api, on);
  adapter.versions.set(version, null);
  adapter.current = version;
};

export const backUp = async ({ adapter }: Model, { caller, on }: Real): Promise<void> => {
  const { id, version } = await caller.adapter.backup(on);
  expect(version).toBe(adapter.current);
  adapter.backups.set(id, version);
};

export type Restore = { which: number; publish: "current" | "candidate" };

/** A backup becomes one version, however often it is restored; training data has no part in it. */
export const restore = async (
  { adapter }: Model,
  { caller, on }: Real,
  { which, publish }: Restore,
): Promise<void> => {
  const [backupId = ""] = [...adapter.backups.keys()].slice(which % adapter.backups.size);
  const earlier = [...adapter.versions].find(([, restoredFrom]) => restoredFrom === backupId)?.[0];
  const { version } = await caller.adapter.restore({ ...on, backupId, publish });
  if (earlier) expect(version).toBe(earlier);
  else expect([...adapter.versions.keys()]).not.toContain(version);
  adapter.versions.set(version, backupId);
  if (publish === "current") adapter.current = version;
};

/** The service knows the same versions and backups, readers get the current one, and nothing was copied in vain. */
export const expectSameAdapter = async ({ adapter }: Model, { api, caller, on }: Real): Promise<void> => {
  const folders = await Array.fromAsync(listFolders(api.store.objects, adapterKeys(on).versionsPrefix));
  expect(folders.toSorted()).toEqual([...adapter.versions.keys()].toSorted());
  const { versions } = await caller.adapter.versions({ ...on, limit: 200 });
  expect(new Map(versions.map(({ id, restoredFrom }) => [id, restoredFrom]))).toEqual(adapter.versions);
  const { backups } = await caller.adapter.backups({ ...on, limit: 200 });
  expect(new Map(backups.map(({ id, version }) => [id, version]))).toEqual(adapter.backups);
  expect((await caller.adapter.get(on)).currentVersion).toBe(adapter.current);
  if (adapter.current) expect((await caller.adapter.download(on)).version).toBe(adapter.current);
};
