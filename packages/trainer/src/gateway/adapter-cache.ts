import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { isLoraloomError } from "@loraloom/errors";
import type { Logger, Store } from "@loraloom/store";
import { findKnownVersions, resolveVersion, type Version, versionKind } from "@loraloom/store/adapters";
import type { AvatarScope } from "@loraloom/store/keys";
import type { VersionKind } from "@loraloom/store/tables";
import type { LoadedEngine } from "../engine/load-engine.ts";
import { fetchVersion } from "../fetch-version.ts";

const usualCapacity = 8;
/** Of whole models; each takes as much memory as the base, which runs want too. */
const unusedModels = 1;

export type AdapterRef = AvatarScope & { versionId: string };
/** A version that the engine holds, for as long as it is not disposed of. */
export type LentAdapter = AsyncDisposable & { name: string; version: Version };
export type AdapterCache = {
  lend(ref: AdapterRef): Promise<LentAdapter>;
  /** About how many bytes of memory {@link AdapterCache.makeRoom} could free. */
  idleBytes(): number;
  /**
   * Unloads whole models that nobody uses, the one used longest ago first, until about so many bytes are freed.
   * Where all of them would not do, none is; the answer is whether any was.
   */
  makeRoom(bytes: number): Promise<boolean>;
  /** Unloads versions that are no more, such as those of somebody who was erased; one that answers, after its answer. */
  dropGone(): Promise<void>;
  /** Removes the files of all, once their engine has ended. */
  discard(): Promise<void>;
};

export type AdapterCacheOptions = {
  engine: Pick<LoadedEngine, "ask">;
  folder: string;
  log: Logger;
  /** Adapters beyond this number that nobody uses are unloaded, the one used longest ago first. */
  capacity?: number;
};

/** `loaded` gives the folder of the version's files, which are `bytes` together. */
type Entry = { loaded: Promise<string>; users: number; kind: VersionKind; bytes: number; isGone: boolean };

/**
 * Loads adapter versions into one engine. A version never changes, so that one name is one content; who
 * may read it is asked of the database each time.
 */
export const createAdapterCache = (
  store: Store,
  { engine, folder, log, capacity = usualCapacity }: AdapterCacheOptions,
): AdapterCache => {
  /** In the order of their last use. */
  const entries = new Map<string, Entry>();

  const take = (version: Version): Entry => {
    const entry = entries.get(version.id) ?? {
      loaded: load(version),
      users: 0,
      kind: versionKind(version),
      bytes: sum(version.files.map(({ size }) => size)),
      isGone: false,
    };
    entries.delete(version.id);
    entries.set(version.id, entry);
    entry.users += 1;
    return entry;
  };
  const load = async (version: Version): Promise<string> => {
    // A folder of its own each time: an earlier one of the same version may be on its way out.
    const path = await mkdtemp(join(folder, `${version.id}-`));
    try {
      await fetchVersion(store, version, path);
      await loadInRoom(version.id, path);
      return path;
    } catch (error) {
      entries.delete(version.id);
      await removeFolder(path);
      throw error;
    }
  };
  /** Where memory is short, versions that nobody uses make room, models first: each takes as much as the base. */
  const loadInRoom = async (name: string, path: string): Promise<void> => {
    for (;;) {
      try {
        await engine.ask("load_adapter", { adapter: name, path });
        return;
      } catch (error) {
        const unused = isLoraloomError(error, "out_of_memory") && (idleModels()[0] ?? oldestUnused());
        if (!unused) throw error;
        await unload(...unused);
      }
    }
  };
  const oldestUnused = () => [...entries].find(([, { users }]) => users === 0);
  const unusedAndGone = () => [...entries].find(([, { users, isGone }]) => users === 0 && isGone);
  const idleModels = () => [...entries].filter(([, { users, kind }]) => users === 0 && kind === "model");
  const idleBytes = () => sum(idleModels().map(([, { bytes }]) => bytes));
  const surplus = () => {
    const gone = unusedAndGone();
    if (gone) return gone;
    const models = idleModels();
    if (models.length > unusedModels) return models[0];
    return entries.size > capacity ? oldestUnused() : undefined;
  };
  const giveBack = async (entry: Entry): Promise<void> => {
    entry.users -= 1;
    const unused = surplus();
    if (unused) await unload(...unused);
  };
  const makeRoom = async (bytes: number): Promise<boolean> => {
    if (idleBytes() < bytes) return false;
    let freed = 0;
    for (let [model] = idleModels(); model && freed < bytes; [model] = idleModels()) {
      await unload(...model);
      freed += model[1].bytes;
    }
    return freed > 0;
  };
  const dropGone = async (): Promise<void> => {
    if (entries.size === 0) return;
    const held = [...entries];
    const known = await findKnownVersions(
      store,
      held.map(([id]) => id),
    );
    for (const [id, entry] of held) entry.isGone = !known.has(id);
    for (let gone = unusedAndGone(); gone; gone = unusedAndGone()) await unload(...gone);
  };
  const unload = async (name: string, { loaded }: Entry): Promise<void> => {
    entries.delete(name);
    try {
      await engine.ask("unload_adapter", { adapter: name }).finally(async () => removeFolder(await loaded));
    } catch (error) {
      // Whoever gave it back has had an answer, and an engine that ended took its adapters along.
      log.warn({ err: error, versionId: name }, "an adapter that nobody uses could not be unloaded");
    }
  };

  return {
    async lend({ versionId, ...scope }) {
      const version = await resolveVersion(store, scope, versionId);
      const entry = take(version);
      try {
        await entry.loaded;
      } catch (error) {
        entry.users -= 1;
        throw error;
      }
      return { name: version.id, version, [Symbol.asyncDispose]: () => giveBack(entry) };
    },
    idleBytes,
    makeRoom,
    dropGone,
    async discard() {
      // What can't be loaded any more removes its own.
      const loads = await Promise.allSettled([...entries.values()].map(({ loaded }) => loaded));
      entries.clear();
      for (const load of loads) if (load.status === "fulfilled") await removeFolder(load.value);
    },
  };
};

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
