import { LoraloomError } from "@loraloom/errors";
import { and, eq, inArray, sql } from "drizzle-orm";
import { type AvatarScope, checkFileName } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { nextRevision } from "./flag-revision.ts";
import { requestFlagProjection } from "./project-flags.ts";
import { type StoredFile, visibleIn } from "./stored-file.ts";

export type FlagChange = { name: string; used: boolean };

const maxChanges = 10_000;
/** Enough to see what went wrong. */
const shownNames = 20;

/**
 * Sets the flags of 1 to 10,000 training files at once, all or none. Of two changes of one name the
 * last counts.
 *
 * @throws LoraloomError `file_not_found` naming the missing ones, `bad_file_name`, `bad_input`
 */
export const setFlags = async (
  store: Store,
  scope: AvatarScope,
  changes: FlagChange[],
): Promise<StoredFile[]> => {
  if (changes.length < 1 || changes.length > maxChanges) {
    throw new LoraloomError("bad_input", `${changes.length} flags at once; 1 to ${maxChanges} can be set.`);
  }
  const wanted = new Map(changes.map(({ name, used }) => [checkFileName(name), used]));
  const changed = await store.db.transaction(async (tx) => {
    const rev = await nextRevision(tx, scope);
    await requireFiles(tx, scope, [...wanted.keys()]);
    return [
      ...(await writeFlags(tx, scope, { rev, used: true, names: namesOf(wanted, true) })),
      ...(await writeFlags(tx, scope, { rev, used: false, names: namesOf(wanted, false) })),
    ];
  });
  requestFlagProjection(store, scope);
  return changed;
};

const namesOf = (wanted: Map<string, boolean>, used: boolean): string[] =>
  [...wanted].flatMap(([name, flag]) => (flag === used ? [name] : []));

/** Locks the rows in the order of their ids, as the start of a run does: two never wait for each other. */
const requireFiles = async (tx: Executor, scope: AvatarScope, names: string[]): Promise<void> => {
  const found = await tx
    .select({ name: files.name })
    .from(files)
    .where(and(visibleIn(scope, "training_data"), inArray(files.name, names)))
    .orderBy(files.id)
    .for("no key update");
  const known = new Set(found.map((file) => file.name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length === 0) return;
  const shown = missing.slice(0, shownNames);
  const rest = missing.length > shownNames ? ` and ${missing.length - shownNames} more` : "";
  throw new LoraloomError(
    "file_not_found",
    `There is no training file ${shown.map((name) => `'${name}'`).join(", ")}${rest}.`,
    {
      details: { names: shown, missing: missing.length },
    },
  );
};

const writeFlags = async (
  tx: Executor,
  scope: AvatarScope,
  { rev, used, names }: { rev: number; used: boolean; names: string[] },
): Promise<StoredFile[]> => {
  if (names.length === 0) return [];
  return tx
    .update(files)
    .set({ used, flagRev: rev, updatedAt: sql`now()` })
    .where(
      and(visibleIn(scope, "training_data"), eq(files.kind, "training_data"), inArray(files.name, names)),
    )
    .returning();
};
