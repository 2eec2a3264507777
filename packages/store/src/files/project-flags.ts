import { sql } from "drizzle-orm";
import { bringUpToDate } from "../bring-up-to-date.ts";
import { prepared } from "../database/prepared.ts";
import { type FlaggedFolder, type Folder, flaggedFolderOf, flagsKey } from "../keys/index.ts";
import { getObject, putObjectIf } from "../objects/index.ts";
import type { Database, Store } from "../store.ts";
import type { FlagEntries } from "../tables/index.ts";
import { adoptForeignFlags, raiseRevision } from "./adopt-flags.ts";
import { type FlagDictionary, readFlagDictionary, writeFlagDictionary } from "./flag-dictionary.ts";
import { ofGivenFolder } from "./in-folder.ts";

/**
 * Brings `metadata.json` up to date with the table, and takes over what another tool wrote into it.
 * Any number of processes may call it: they take turns, and who comes late finds nothing to do.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const projectFlags = (store: Store, folder: FlaggedFolder): Promise<void> =>
  bringUpToDate(store, { key: flagsKey(folder), projectOnce: (db) => projectOnce(store, db, folder) });

/**
 * Asks for {@link projectFlags} without waiting for it; calls that come together become one. A folder without
 * flags has nothing to project.
 */
export const requestFlagProjection = (store: Store, folder: Folder): void => {
  const flagged = flaggedFolderOf(folder);
  if (!flagged) return;
  store.background.request(`flags:${flagsKey(flagged)}`, () => projectFlags(store, flagged));
};

const projectOnce = async (
  store: Store,
  db: Database,
  folder: FlaggedFolder,
): Promise<"current" | "again"> => {
  const due = await readDue(store, db, folder);
  if (due && (await writeOverOwn(store, db, { folder, due }))) return "current";
  return writeOverFound(store, db, folder);
};

/**
 * Most often nobody else wrote the dictionary since we did, and the object store tells so by its ETag: what lies there
 * needs no reading first. Of one that tells nothing no ETag is known.
 */
const writeOverOwn = async (
  store: Store,
  db: Database,
  { folder, due }: { folder: FlaggedFolder; due: Due },
): Promise<boolean> => {
  const { rev, writtenRev, writtenEtag } = due;
  if (writtenEtag === null || rev === writtenRev) return false;
  const etag = await put(store, folder, { due, etag: writtenEtag });
  if (etag === undefined) return false;
  await recordWritten(db, folder, { due, etag });
  return true;
};

const writeOverFound = async (
  store: Store,
  db: Database,
  folder: FlaggedFolder,
): Promise<"current" | "again"> => {
  const found = await readObject(store, folder);
  if (found && found.rev === null) await adopt(store, db, { folder, found });
  const due = await readDue(store, db, folder);
  if (isOurs(found) && isAhead(due, found)) {
    await adoptAhead(store, db, { folder, found });
    return "again";
  }
  if (!due) return "current";
  const etag = found?.body === due.body ? found.etag : await put(store, folder, { due, etag: found?.etag });
  if (!etag) return "again";
  await recordWritten(db, folder, { due, etag });
  return "current";
};

type Found = FlagDictionary & { body: string; etag: string };
type OurFound = Found & { rev: number };
type Due = ReturnType<typeof writeFlagDictionary> & {
  rev: number;
  writtenRev: number;
  /** Of what we wrote last; null, too, where the object store was found to take a PUT whatever it demands. */
  writtenEtag: string | null;
  entries: FlagEntries;
};

const isOurs = (found: Found | undefined): found is OurFound => found !== undefined && found.rev !== null;

/** A lost or restored database is behind the object: it didn't write that, or doesn't know it any more. */
const isAhead = (due: Due | undefined, { rev, body }: OurFound): boolean =>
  !due || rev > due.rev || due.writtenRev === 0 || (rev === due.rev && body !== due.body);

const readObject = async (store: Store, folder: FlaggedFolder): Promise<Found | undefined> => {
  const object = await getObject(store.objects, { key: flagsKey(folder) });
  if (!object) return undefined;
  const body = Buffer.from(await object.bytes()).toString("utf8");
  return { ...readFlagDictionary(body, flagsKey(folder)), body, etag: object.etag };
};

const adopt = async (
  store: Store,
  db: Database,
  { folder, found }: { folder: FlaggedFolder; found: Found },
): Promise<void> => {
  if (found.entries === null) {
    store.log.warn(
      { key: flagsKey(folder) },
      "the dictionary of flags is not a JSON object; it is written anew",
    );
  }
  const { editedFrom } = found;
  const adopted = await adoptForeignFlags(db, folder, { entries: found.entries ?? [], editedFrom });
  store.log.info(
    { ...folder, adopted },
    "another tool wrote the dictionary of flags; its changes were adopted",
  );
};

/** What the database doesn't know of any more is taken over like another tool's word. */
const adoptAhead = async (
  store: Store,
  db: Database,
  { folder, found }: { folder: FlaggedFolder; found: OurFound },
): Promise<void> => {
  const adopted = await adoptForeignFlags(db, folder, { entries: found.entries ?? [], editedFrom: null });
  await raiseRevision(db, folder, found.rev);
  store.log.warn({ ...folder, rev: found.rev, adopted }, "the dictionary of flags is ahead of the database");
};

/** The dictionary that the table asks for, at its revision. One statement's view: no flip falls between. */
const readDue = async (
  { objects: { place } }: Store,
  db: Database,
  folder: FlaggedFolder,
): Promise<Due | undefined> => {
  const [dictionary] = await selectDue(db, { ...folder, place });
  if (!dictionary) return undefined;
  const { foreignFlags, ownFlags, ...revisions } = dictionary;
  const entries = [...new Map([...foreignFlags, ...ownFlags])].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const written = writeFlagDictionary(entries, { key: flagsKey(folder), rev: revisions.rev });
  return { ...revisions, entries, ...written };
};

type Dictionary = Pick<Due, "rev" | "writtenRev" | "writtenEtag"> & {
  foreignFlags: FlagEntries;
  ownFlags: FlagEntries;
};

const selectDue = prepared<Dictionary>(
  "due-flags",
  sql`
    select rev::float8 as rev, written_rev::float8 as "writtenRev",
      case when (select refuses_stale_put from storage_probes where place = ${sql.placeholder("place")}) is distinct from false
        then written_etag end as "writtenEtag",
      foreign_flags as "foreignFlags",
      (select coalesce(json_agg(json_build_array(name, used)), '[]') from files where ${ofGivenFolder}) as "ownFlags"
    from avatar_flags where ${ofGivenFolder}`,
);

/** @returns its new ETag; `undefined`: what lies there is not what `etag` says */
const put = async (
  store: Store,
  folder: FlaggedFolder,
  { due, etag }: { due: Due; etag: string | undefined },
): Promise<string | undefined> => {
  const { body, metadata } = due;
  const answer = await putObjectIf(
    store.objects,
    { key: flagsKey(folder), body, metadata, contentType: "application/json" },
    etag === undefined ? { ifNoneMatch: "*" } : { ifMatch: etag },
  );
  return answer === "conflict" ? undefined : answer.etag;
};

const recordWritten = async (
  db: Database,
  folder: FlaggedFolder,
  { due, etag }: { due: Due; etag: string },
): Promise<void> => {
  await noteWritten(db, { ...folder, rev: due.rev, etag, entries: JSON.stringify(due.entries) });
};

const noteWritten = prepared(
  "note-written-flags",
  sql`
    update avatar_flags set written_rev = ${sql.placeholder("rev")}::bigint, written_etag = ${sql.placeholder("etag")},
      written_flags = ${sql.placeholder("entries")}::jsonb
    where ${ofGivenFolder} and written_rev < ${sql.placeholder("rev")}::bigint`,
);
