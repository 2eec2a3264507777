import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import { readAs, type Statement, sendTogether } from "../database/send-together.ts";
import type { Answer } from "../gather.ts";
import { type FlaggedFolder, flagsKey } from "../keys/index.ts";
import type { Database, Executor, Store } from "../store.ts";
import { checkNames, missingOf } from "./find-files.ts";
import { nextRevision } from "./flag-revision.ts";
import { requestFlagProjection } from "./project-flags.ts";
import { filesNotFound, visibleInGiven } from "./stored-file.ts";

export type FlagChange = { name: string; used: boolean };
/** Flags that one caller sets, under the names as they are stored. */
export type FlagCall = { folder: FlaggedFolder; wanted: Map<string, boolean> };

/**
 * Sets the flags of 1 to 10,000 files at once, all or none. Of two changes of one name the last counts.
 *
 * @returns the names whose flag was another one before
 * @throws LoraloomError `file_not_found` naming the missing ones, `bad_file_name`, `bad_input`
 */
export const setFlags = async (
  store: Store,
  folder: FlaggedFolder,
  changes: FlagChange[],
): Promise<string[]> => {
  checkNames(changes.map(({ name }) => name));
  const wanted = new Map(changes.map(({ name, used }) => [name.normalize("NFC"), used]));
  const changed = await store.flagCalls(flagsKey(folder), { folder, wanted });
  requestFlagProjection(store, folder);
  return changed.sort();
};

/** Does the calls of one folder in one transaction, one after the other; one that names a missing file changes nothing. */
export const setFlagsTogether = async (db: Database, calls: FlagCall[]): Promise<Answer<string[]>[]> => {
  const [{ folder } = noCall()] = calls;
  return db.transaction(async (tx) => {
    const [rev, rows] = await sendTogether(
      tx,
      { execute: () => nextRevision(tx, folder) },
      lockRows(tx, folder, [...new Set(calls.flatMap(({ wanted }) => [...wanted.keys()]))]),
    );
    const answers = calls.map((call) => applyTo(rows, call));
    await writeRows(tx, rows, rev);
    return answers;
  });
};

const noCall = (): never => {
  throw new Error("There is no call to do.");
};

type Row = { id: string; name: string; used: boolean; isSet: boolean };
type Rows = Map<string, Row>;

const lockRows = (tx: Executor, folder: FlaggedFolder, names: string[]): Statement<Rows> =>
  readAs(
    { execute: () => lockNames(tx, { ...folder, names }) },
    (rows) => new Map(rows.map((row) => [row.name, { ...row, isSet: false }])),
  );

/** In the order of their ids, as the start of a run does: two never wait for each other. */
const lockNames = prepared<Pick<Row, "id" | "name" | "used">>(
  "lock-flags",
  sql`
    select id, name, used from files where ${visibleInGiven} and name = any(${sql.placeholder("names")}::text[])
    order by id for no key update`,
);

const applyTo = (rows: Rows, { folder, wanted }: FlagCall): Answer<string[]> => {
  const names = [...wanted.keys()];
  const found = names.flatMap((name) => rows.get(name) ?? []);
  if (found.length < names.length) return () => refuse(folder, names, found);
  const changed = found.filter((row) => row.used !== wanted.get(row.name)).map(({ name }) => name);
  for (const [name, used] of wanted) {
    const row = rows.get(name);
    if (row) rows.set(name, { ...row, used, isSet: true });
  }
  return () => changed;
};

const refuse = (folder: FlaggedFolder, names: string[], found: Row[]): never => {
  throw filesNotFound(folder.kind, missingOf(names, found));
};

const writeRows = async (tx: Executor, rows: Rows, rev: number): Promise<void> => {
  const set = [...rows.values()].filter(({ isSet }) => isSet);
  if (set.length === 0) return;
  await writeFlags(tx, { rev, ids: set.map(({ id }) => id), flags: set.map(({ used }) => used) });
};

/** A flag that stays as it is counts as set at this revision too: another tool's older change doesn't win. */
const writeFlags = prepared(
  "write-flags",
  sql`
    update files set used = wanted.used, flag_rev = ${sql.placeholder("rev")},
      updated_at = case when files.used <> wanted.used then now() else updated_at end
    from unnest(${sql.placeholder("ids")}::text[], ${sql.placeholder("flags")}::boolean[]) as wanted(id, used)
    where files.id = wanted.id`,
);
