import { sql } from "drizzle-orm";
import type { FlaggedFolder } from "../keys/index.ts";
import type { Database, Executor } from "../store.ts";
import { avatarFlags, type FileState, type FlagEntries, files } from "../tables/index.ts";
import type { FlagDictionary } from "./flag-dictionary.ts";
import { nextRevision } from "./flag-revision.ts";
import { ofFolder } from "./in-folder.ts";

type Dictionary = Pick<typeof avatarFlags.$inferSelect, "writtenRev" | "writtenFlags" | "foreignFlags">;
type Row = { id: string; name: string; used: boolean; flagRev: number; state: FileState };
type Flip = { id: string; name: string; used: boolean };
/** What another tool wrote. */
type Foreign = Pick<FlagDictionary, "editedFrom"> & { entries: FlagEntries };

/**
 * Takes over what another tool wrote into the dictionary: a name that differs from what we last
 * wrote is a flag change, unless its flag was changed here since. Names that are absent are
 * unchanged; names without a row are kept. Commits before anything is written back, so that a crash
 * in between loses nothing.
 *
 * @returns the flags that it changed
 */
export const adoptForeignFlags = async (
  db: Database,
  folder: FlaggedFolder,
  { entries, editedFrom }: Foreign,
): Promise<FlagEntries> =>
  db.transaction(async (tx) => {
    // Also where nothing changes: what we write over a foreign body has a revision of its own.
    const rev = await nextRevision(tx, folder);
    const { writtenRev, writtenFlags, foreignFlags } = await readDictionary(tx, folder);
    const changes = changesOf(entries, writtenFlags);
    const rows = await readRows(tx, folder);
    // What the tool had before it: our last body, or an older one that its text still tells.
    const base = Math.min(editedFrom ?? writtenRev, writtenRev);
    const flips = [...changes].flatMap(([name, used]) => flipOf(rows.get(name), used, base));
    await writeFlips(tx, flips, rev);
    const unknown = [...changes].filter(([name]) => !rows.has(name));
    await tx
      .update(avatarFlags)
      .set({
        writtenFlags: merged(writtenFlags, entries),
        foreignFlags: merged(foreignFlags, unknown),
      })
      .where(ofFolder(avatarFlags, folder));
    return flips.map(({ name, used }) => [name, used]);
  });

const readDictionary = async (tx: Executor, folder: FlaggedFolder): Promise<Dictionary> => {
  const [dictionary] = await tx.select().from(avatarFlags).where(ofFolder(avatarFlags, folder));
  if (!dictionary) throw new Error("The revision that was just taken is gone.");
  return dictionary;
};

const readRows = async (tx: Executor, folder: FlaggedFolder): Promise<Map<string, Row>> => {
  const rows = await tx
    .select({ id: files.id, name: files.name, used: files.used, flagRev: files.flagRev, state: files.state })
    .from(files)
    .where(ofFolder(files, folder))
    // In the order in which the start of a run locks them.
    .orderBy(files.id)
    .for("no key update");
  return new Map(rows.map((row) => [row.name, row]));
};

const changesOf = (found: FlagEntries, written: FlagEntries): Map<string, boolean> => {
  const before = new Map(written);
  return new Map(
    found
      .filter(([name, used]) => before.get(name) !== used)
      .map(([name, used]) => [name.normalize("NFC"), used]),
  );
};

const flipOf = (row: Row | undefined, used: boolean, base: number): Flip[] => {
  if (!row || row.state === "deleting" || row.used === used || row.flagRev > base) return [];
  return [{ id: row.id, name: row.name, used }];
};

const writeFlips = async (tx: Executor, flips: Flip[], rev: number): Promise<void> => {
  for (const used of [true, false]) {
    const ids = flips.flatMap((flip) => (flip.used === used ? [flip.id] : []));
    const flipped = sql`${files.id} = any(${sql.param(ids)})`;
    if (ids.length > 0) await tx.update(files).set({ used, flagRev: rev }).where(flipped);
  }
};

const merged = (entries: FlagEntries, over: FlagEntries): FlagEntries => [...new Map([...entries, ...over])];

/** A restored database is behind the object, whose flags it has adopted: it goes on above the revision found there. */
export const raiseRevision = async (db: Database, folder: FlaggedFolder, above: number): Promise<void> => {
  await db
    .update(avatarFlags)
    .set({
      rev: sql`greatest(${avatarFlags.rev}, ${above} + 1)`,
      writtenRev: sql`greatest(${avatarFlags.writtenRev}, ${above})`,
    })
    .where(ofFolder(avatarFlags, folder));
};
