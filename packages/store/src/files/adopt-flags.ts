import { and, eq, inArray, sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Database, Executor, Store } from "../store.ts";
import { avatarFlags, type FileState, type FlagEntries, files } from "../tables/index.ts";
import { nextRevision } from "./flag-revision.ts";
import { ofAvatar } from "./of-avatar.ts";

type Avatar = Pick<typeof avatarFlags.$inferSelect, "writtenRev" | "writtenFlags" | "foreignFlags">;
type Row = { id: string; name: string; used: boolean; flagRev: number; state: FileState };
type Flip = { id: string; name: string; used: boolean };

/**
 * Takes over what another tool wrote into the dictionary: a name that differs from what we last
 * wrote is a flag change, unless its flag was changed here since. Names that are absent are
 * unchanged; names without a row are kept. Commits before anything is written back, so that a crash
 * in between loses nothing.
 */
export const adoptForeignFlags = async (
  store: Pick<Store, "log">,
  db: Database,
  { scope, entries }: { scope: AvatarScope; entries: FlagEntries },
): Promise<void> => {
  const adopted = await db.transaction(async (tx) => {
    // Also where nothing changes: what we write over a foreign body has a revision of its own.
    const rev = await nextRevision(tx, scope);
    const avatar = await readAvatar(tx, scope);
    const changes = changesOf(entries, avatar.writtenFlags);
    const rows = await readRows(tx, scope);
    const flips = [...changes].flatMap(([name, used]) => flipOf(rows.get(name), used, avatar.writtenRev));
    await writeFlips(tx, flips, rev);
    const unknown = [...changes].filter(([name]) => !rows.has(name));
    await tx
      .update(avatarFlags)
      .set({
        writtenFlags: merged(avatar.writtenFlags, entries),
        foreignFlags: merged(avatar.foreignFlags, unknown),
      })
      .where(ofAvatar(avatarFlags, scope));
    return flips.map(({ name, used }) => ({ name, used }));
  });
  store.log.info(
    { ...scope, adopted },
    "another tool wrote the dictionary of flags; its changes were adopted",
  );
};

const readAvatar = async (tx: Executor, scope: AvatarScope): Promise<Avatar> => {
  const [avatar] = await tx.select().from(avatarFlags).where(ofAvatar(avatarFlags, scope));
  if (!avatar) throw new Error("The revision that was just taken is gone.");
  return avatar;
};

const readRows = async (tx: Executor, scope: AvatarScope): Promise<Map<string, Row>> => {
  const rows = await tx
    .select({ id: files.id, name: files.name, used: files.used, flagRev: files.flagRev, state: files.state })
    .from(files)
    .where(and(ofAvatar(files, scope), eq(files.kind, "training_data")))
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

const flipOf = (row: Row | undefined, used: boolean, writtenRev: number): Flip[] => {
  if (!row || row.state === "deleting" || row.used === used || row.flagRev > writtenRev) return [];
  return [{ id: row.id, name: row.name, used }];
};

const writeFlips = async (tx: Executor, flips: Flip[], rev: number): Promise<void> => {
  for (const used of [true, false]) {
    const ids = flips.flatMap((flip) => (flip.used === used ? [flip.id] : []));
    if (ids.length > 0) await tx.update(files).set({ used, flagRev: rev }).where(inArray(files.id, ids));
  }
};

const merged = (entries: FlagEntries, over: FlagEntries): FlagEntries => [...new Map([...entries, ...over])];

/** A restored database is behind the object: takes a revision above the one that was found there. */
export const raiseRevision = async (db: Database, scope: AvatarScope, above: number): Promise<void> => {
  await db
    .update(avatarFlags)
    .set({ rev: sql`greatest(${avatarFlags.rev}, ${above} + 1)` })
    .where(ofAvatar(avatarFlags, scope));
};
