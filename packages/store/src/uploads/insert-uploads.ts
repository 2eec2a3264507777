import { type SQL, sql } from "drizzle-orm";
import { ulid } from "ulid";
import { ensureScope } from "../access/avatars.ts";
import { isMissingReference } from "../database/failures.ts";
import type { Answer } from "../gather.ts";
import type { FileScope } from "../keys/index.ts";
import type { Database } from "../store.ts";
import { uploads } from "../tables/index.ts";
import type { Upload } from "./upload-row.ts";

type Described = Pick<
  typeof uploads.$inferInsert,
  "kind" | "name" | "size" | "contentType" | "sha256" | "useForTraining" | "partSize"
>;
/** What an upload begins with. */
export type NewUpload = FileScope & Described & { expiresAt: SQL };

export const urlSeconds = 15 * 60;

export const inSeconds = (seconds: number): SQL => sql`now() + make_interval(secs => ${seconds})`;

/** Writes one row. */
export const insertUpload = async (db: Database, upload: NewUpload): Promise<Upload> => {
  const [insert = noUpload()] = await insertUploadsTogether(db, [upload]);
  return insert();
};

/** Writes rows by as few statements as take them. */
export const insertUploadsTogether = async (
  db: Database,
  newUploads: NewUpload[],
): Promise<Answer<Upload>[]> => {
  const rows = newUploads.map((upload) => toRow(upload));
  const written: Upload[] = [];
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    written.push(...(await insertRows(db, rows.slice(at, at + rowsAtOnce))));
  }
  const byId = new Map(written.map((row) => [row.id, row]));
  return rows.map(
    ({ id }) =>
      () =>
        byId.get(id) ?? noUpload(),
  );
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
