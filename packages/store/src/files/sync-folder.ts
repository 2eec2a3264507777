import { and, gt, ne, sql } from "drizzle-orm";
import { type Folder, fileNameOf, flaggedFolderOf, folderPrefix } from "../keys/index.ts";
import { type ListedObject, listObjects } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { type Adoption, adoptObject } from "./adopt-object.ts";
import { ofFolder, ofScope } from "./in-folder.ts";
import type { Inspect } from "./inspect-object.ts";
import { requestInspections } from "./inspection.ts";
import { projectFlags, requestFlagProjection } from "./project-flags.ts";
import { visibleIn } from "./stored-file.ts";

/** `name`: no file can have that name here. */
export type SkipReason = "upload" | "deletion" | "name";
/** How many, and the first thousand. */
export type Listed<Item> = { count: number; first: Item[] };
export type SyncOutcome = {
  /** Objects that were no files before. */
  adopted: Listed<string>;
  /** Files whose bytes are other ones now. */
  changed: Listed<string>;
  /** Files whose object is gone; each has a fault that says so. */
  missing: Listed<string>;
  skipped: Listed<{ name: string; reason: SkipReason }>;
  /** By how many files the avatar has more than it may have: all are there, and no new name can be uploaded. */
  surplus: number;
};

const maxListed = 1000;
const batch = 1000;
/** Each holds a connection to the database while it waits for the store. */
const atOnce = 4;

/**
 * Adopts what other tools did in a folder: objects put, changed and removed, and flags in its dictionary. Any number
 * of objects; uploads and deletions may go on meanwhile, whose names are skipped.
 *
 * @throws LoraloomError `storage_unavailable`; what was adopted until then stays
 */
export const syncFolder = async (store: Store, folder: Folder, inspect: Inspect): Promise<SyncOutcome> => {
  const flagged = flaggedFolderOf(folder);
  if (flagged) await projectFlags(store, flagged);
  const outcome = emptyOutcome();
  const sync: Sync = { store, folder, outcome };
  const seen = await adoptListed(sync);
  await adoptUnlisted(sync, seen);
  outcome.surplus = await surplusOf(store, folder);
  requestFlagProjection(store, folder);
  requestInspections(store, folder, inspect);
  return outcome;
};

const surplusOf = async ({ db, limits }: Store, folder: Folder): Promise<number> => {
  if (folder.avatarId === null) return 0;
  const count = await db.$count(files, and(ofScope(files, folder), ne(files.state, "deleting")));
  return Math.max(0, count - limits.filesPerAvatar);
};

type Sync = { store: Store; folder: Folder; outcome: SyncOutcome };

const emptyOutcome = (): SyncOutcome => ({
  adopted: { count: 0, first: [] },
  changed: { count: 0, first: [] },
  missing: { count: 0, first: [] },
  skipped: { count: 0, first: [] },
  surplus: 0,
});

const note = <Item>(listed: Listed<Item>, item: Item): void => {
  listed.count += 1;
  if (listed.first.length < maxListed) listed.first.push(item);
};

/** Answers with the names of all objects that there are. */
const adoptListed = async (sync: Sync): Promise<Set<string>> => {
  const seen = new Set<string>();
  for await (const objects of listedIn(sync)) {
    for (const name of objects.keys()) seen.add(name);
    await adoptAll(sync, await differing(sync, objects));
  }
  return seen;
};

type Etags = Map<string, string>;

async function* listedIn({ store, folder, outcome }: Sync): AsyncGenerator<Etags> {
  const prefix = folderPrefix(folder, folder.kind);
  let page: Etags = new Map();
  for await (const { key, etag } of filesBelow(store, prefix)) {
    const name = fileNameOf(prefix, key);
    if (name === undefined) note(outcome.skipped, { name: key.slice(prefix.length), reason: "name" });
    else page.set(name, etag);
    if (page.size < batch) continue;
    yield page;
    page = new Map();
  }
  yield page;
}

/** Without the empty objects by which some tools show a folder. */
async function* filesBelow({ objects }: Store, prefix: string): AsyncGenerator<ListedObject> {
  for await (const object of listObjects(objects, prefix)) if (!object.key.endsWith("/")) yield object;
}

/** The names whose row doesn't say what their object is. */
const differing = async ({ store, folder }: Sync, objects: Etags): Promise<string[]> => {
  const rows = await store.db
    .select({ name: files.name, etag: files.etag, state: files.state, vanished: hasVanished })
    .from(files)
    .where(and(ofFolder(files, folder), sql`${files.name} = any(${sql.param([...objects.keys()])})`));
  const settled = rows.filter(
    ({ name, etag, state, vanished }) => etag === objects.get(name) && state !== "deleting" && !vanished,
  );
  const known = new Set(settled.map(({ name }) => name));
  return [...objects.keys()].filter((name) => !known.has(name));
};

const hasVanished = sql<boolean>`coalesce(${files.report}->'faults' @> '[{"code": "dataset_changed"}]', false)`;

const adoptAll = async ({ store, folder, outcome }: Sync, names: string[]): Promise<void> => {
  for (let start = 0; start < names.length; start += atOnce) {
    const some = names.slice(start, start + atOnce);
    const adopted = await Promise.all(
      some.map(async (name) => ({ name, adoption: await adoptObject(store, { ...folder, name }) })),
    );
    for (const { name, adoption } of adopted) noteAdoption(outcome, name, adoption);
  }
};

const noteAdoption = (outcome: SyncOutcome, name: string, adoption: Adoption): void => {
  if (adoption === "same") return;
  if (adoption === "upload" || adoption === "deletion") note(outcome.skipped, { name, reason: adoption });
  else note(outcome[adoption], name);
};

/** Each is looked at once more under its lock: its object may have come since. */
const adoptUnlisted = async (sync: Sync, seen: Set<string>): Promise<void> => {
  for await (const names of namesOfRows(sync))
    await adoptAll(
      sync,
      names.filter((name) => !seen.has(name)),
    );
};

async function* namesOfRows({ store, folder }: Sync): AsyncGenerator<string[]> {
  for (let after = ""; ; ) {
    const rows = await store.db
      .select({ name: files.name })
      .from(files)
      .where(and(visibleIn(folder), gt(files.name, after)))
      .orderBy(files.name)
      .limit(batch);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ name }) => name);
    after = last.name;
  }
}
