import { and, eq, lt } from "drizzle-orm";
import { bringUpToDate } from "../bring-up-to-date.ts";
import { type AvatarScope, flagsKey } from "../keys/index.ts";
import { getObject, putObjectIf } from "../objects/index.ts";
import type { Database, Store } from "../store.ts";
import { avatarFlags, type FlagEntries, files } from "../tables/index.ts";
import { adoptForeignFlags, raiseRevision } from "./adopt-flags.ts";
import { type FlagDictionary, readFlagDictionary, writeFlagDictionary } from "./flag-dictionary.ts";
import { ofAvatar } from "./of-avatar.ts";

/**
 * Brings `metadata.json` up to date with the table, and takes over what another tool wrote into it.
 * Any number of processes may call it: they take turns, and who comes late finds nothing to do.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const projectFlags = (store: Store, scope: AvatarScope): Promise<void> =>
  bringUpToDate(store, { key: flagsKey(scope), projectOnce: (db) => projectOnce(store, db, scope) });

/** Asks for {@link projectFlags} without waiting for it; calls that come together become one. */
export const requestFlagProjection = (store: Store, scope: AvatarScope): void =>
  store.background.request(`flags:${flagsKey(scope)}`, () => projectFlags(store, scope));

const projectOnce = async (store: Store, db: Database, scope: AvatarScope): Promise<"current" | "again"> => {
  const found = await readObject(store, scope);
  if (found && found.rev === null) await adopt(store, db, { scope, found });
  const due = await readDue(db, scope);
  if (!due) return "current";
  if (found?.rev && found.rev > due.rev) {
    await raiseRevision(db, scope, found.rev);
    return "again";
  }
  if (found?.rev !== due.rev && !(await put(store, scope, { due, etag: found?.etag }))) return "again";
  await recordWritten(db, scope, due);
  return "current";
};

type Found = FlagDictionary & { etag: string };
type Due = { rev: number; entries: FlagEntries };

const readObject = async (store: Store, scope: AvatarScope): Promise<Found | undefined> => {
  const object = await getObject(store.objects, { key: flagsKey(scope) });
  if (!object) return undefined;
  const body = Buffer.from(await object.bytes()).toString("utf8");
  return { ...readFlagDictionary(body, object.metadata), etag: object.etag };
};

const adopt = async (store: Store, db: Database, { scope, found }: { scope: AvatarScope; found: Found }) => {
  if (found.entries === null) {
    store.log.warn(
      { key: flagsKey(scope) },
      "the dictionary of flags is not a JSON object; it is written anew",
    );
  }
  await adoptForeignFlags(store, db, { scope, entries: found.entries ?? [] });
};

/** The dictionary that the table asks for, at its revision. One statement's view: no flip falls between. */
const readDue = async (db: Database, scope: AvatarScope): Promise<Due | undefined> =>
  db.transaction(
    async (tx) => {
      const [avatar] = await tx.select().from(avatarFlags).where(ofAvatar(avatarFlags, scope));
      if (!avatar) return undefined;
      const rows = await tx
        .select({ name: files.name, used: files.used })
        .from(files)
        .where(and(ofAvatar(files, scope), eq(files.kind, "training_data")));
      const flags = new Map([
        ...avatar.foreignFlags,
        ...rows.map((row): [string, boolean] => [row.name, row.used]),
      ]);
      return { rev: avatar.rev, entries: [...flags].sort(([one], [other]) => (one < other ? -1 : 1)) };
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );

const put = async (
  store: Store,
  scope: AvatarScope,
  { due, etag }: { due: Due; etag: string | undefined },
): Promise<boolean> => {
  const { body, metadata } = writeFlagDictionary(due.entries, due.rev);
  const answer = await putObjectIf(
    store.objects,
    { key: flagsKey(scope), body, metadata, contentType: "application/json" },
    etag === undefined ? { ifNoneMatch: "*" } : { ifMatch: etag },
  );
  return answer !== "conflict";
};

const recordWritten = async (db: Database, scope: AvatarScope, due: Due): Promise<void> => {
  await db
    .update(avatarFlags)
    .set({ writtenRev: due.rev, writtenFlags: due.entries })
    .where(and(ofAvatar(avatarFlags, scope), lt(avatarFlags.writtenRev, due.rev)));
};
