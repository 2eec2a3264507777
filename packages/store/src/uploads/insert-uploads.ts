import { type SQL, sql } from "drizzle-orm";
import { ulid } from "ulid";
import { ensureScope } from "../access/avatars.ts";
import { isMissingReference } from "../database/failures.ts";
import type { Answer } from "../gather.ts";
import type { FileScope } from "../keys/index.ts";
import type { Database, Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { findSurplus, tooManyFiles } from "./room.ts";
import type { Upload } from "./upload-row.ts";

type Described = Pick<
  typeof uploads.$inferInsert,
  "kind" | "name" | "size" | "contentType" | "sha256" | "useForTraining" | "partSize"
>;
/** What an upload begins with. */
export type NewUpload = FileScope & Described & { expiresAt: SQL };

export const urlSeconds = 15 * 60;

export const inSeconds = (seconds: number): SQL => sql`now() + make_interval(secs => ${seconds})`;

type Limited = Pick<Store, "db" | "limits">;

/** Writes one row. @throws LoraloomError `too_many_files` */
export const insertUpload = async (store: Limited, upload: NewUpload): Promise<Upload> => {
  const [insert = noUpload()] = await insertUploadsTogether(store, [upload]);
  return insert();
};

/**
 * Writes rows by as few statements as take them. A new name that its avatar has no room for gets none; as an upload
 * may never be completed, more can begin than will fit.
 */
export const insertUploadsTogether = async (
  store: Limited,
  newUploads: NewUpload[],
): Promise<Answer<Upload>[]> => {
  const surplus = new Set(await findSurplus(store, newUploads));
  const rows = newUploads.flatMap((upload) => (surplus.has(upload) ? [] : toRow(upload)));
  const written = (await insertInParts(store.db, rows)).values();
  return newUploads.map((upload) => {
    if (surplus.has(upload)) return () => refuse(store, upload);
    const { value: row } = written.next();
    return () => row ?? noUpload();
  });
};

const refuse = (store: Limited, upload: NewUpload): never => {
  throw tooManyFiles(store, upload);
};

/** In their order. */
const insertInParts = async (db: Database, rows: Row[]): Promise<(Upload | undefined)[]> => {
  const written: Upload[] = [];
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    written.push(...(await insertRows(db, rows.slice(at, at + rowsAtOnce))));
  }
  const byId = new Map(written.map((row) => [row.id, row]));
  return rows.map(({ id }) => byId.get(id));
};

/** A statement takes no more than 65,535 values. */
const rowsAtOnce = 1_000;

type Row = ReturnType<typeof toRow>;

const toRow = ({ userId, avatarId, ...described }: NewUpload) => ({
  id: ulid(),
  ...{ userId, avatarId, state: "open" as const, ...described },
  urlsEndAt: inSeconds(urlSeconds),
});

/** Nearly always the avatar is known; the database says where it isn't. */
const insertRows = async (db: Database, rows: Row[]): Promise<Upload[]> => {
  const insert = () => db.insert(uploads).values(rows).returning();
  try {
    return await insert();
  } catch (error) {
    if (!isMissingReference(error)) throw error;
    for (const row of rows) await ensureScope({ db }, row);
    return insert();
  }
};

const noUpload = (): never => {
  throw new Error("An insert answered with no row.");
};
