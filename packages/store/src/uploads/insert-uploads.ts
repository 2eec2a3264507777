import { type SQL, sql } from "drizzle-orm";
import { ensureScope } from "../access/avatars.ts";
import { isMissingReference } from "../database/failures.ts";
import { prepared } from "../database/prepared.ts";
import { isErasedError } from "../erase/tombstones.ts";
import type { Answer } from "../gather.ts";
import type { FileScope } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { findStorageLimited, withinStorage } from "../usage/require-storage.ts";
import { fullAvatars, isSurplus, tooManyFiles } from "./room.ts";
import type { Upload } from "./upload-row.ts";

type Described = Pick<
  typeof uploads.$inferInsert,
  "kind" | "name" | "size" | "contentType" | "sha256" | "useForTraining" | "partSize"
>;
/** What an upload begins with; `seconds`: how long it can be completed. */
export type NewUpload = FileScope & Described & { seconds: number };
export type BegunUpload = Pick<Upload, "id" | "urlsEndAt" | "expiresAt">;

export const urlSeconds = 15 * 60;

export const inSeconds = (seconds: number | SQL): SQL => sql`now() + make_interval(secs => ${seconds})`;

type Limited = Pick<Store, "db" | "limits">;

/** Writes one row. @throws LoraloomError `too_many_files`, `limit_reached` */
export const insertUpload = async (store: Limited, upload: NewUpload): Promise<BegunUpload> => {
  const [insert = noUpload()] = await insertUploadsTogether(store, [upload]);
  return insert();
};

/** Writes rows: those of users whose bytes are limited one after the other, all others by one statement. */
export const insertUploadsTogether = async (
  store: Limited,
  newUploads: NewUpload[],
): Promise<Answer<BegunUpload>[]> => {
  const limited = await findStorageLimited(
    store.db,
    newUploads.map(({ userId }) => userId),
  );
  const answers = await insertFree(
    store,
    newUploads.filter(({ userId }) => !limited.has(userId)),
  );
  const all: Answer<BegunUpload>[] = [];
  for (const upload of newUploads)
    all.push(limited.has(upload.userId) ? await insertLimited(store, upload) : (answers.shift() ?? noUpload));
  return all;
};

/**
 * By one statement. A new name that its avatar has no room for gets none; as an upload may never be completed, more can
 * begin than will fit.
 */
const insertFree = async (store: Limited, newUploads: NewUpload[]): Promise<Answer<BegunUpload>[]> => {
  try {
    return newUploads.length === 0 ? [] : await insertAll(store, newUploads);
  } catch (error) {
    if (!isErasedError(error)) throw error;
    return insertOneByOne(store, newUploads);
  }
};

/** That one of them names somebody who was erased is no fault of the others. */
const insertOneByOne = async (store: Limited, newUploads: NewUpload[]): Promise<Answer<BegunUpload>[]> => {
  const tried = await Promise.allSettled(newUploads.map((upload) => insertAll(store, [upload])));
  return tried.map((outcome) => () => {
    if (outcome.status === "rejected") throw outcome.reason;
    return (outcome.value[0] ?? noUpload)();
  });
};

const insertAll = async (store: Limited, newUploads: NewUpload[]): Promise<Answer<BegunUpload>[]> => {
  const rows = newUploads.map(toRow);
  const written = await withScopes(store, newUploads, () =>
    insertRows(store.db, { rows: JSON.stringify(rows), limit: store.limits.filesPerAvatar }),
  );
  const byId = new Map(written.map((row) => [row.id, row]));
  return newUploads.map((upload, at) => () => byId.get(rows[at]?.id ?? "") ?? refuse(store, upload));
};

const insertLimited = async (store: Limited, upload: NewUpload): Promise<Answer<BegunUpload>> => {
  const rows = JSON.stringify([toRow(upload)]);
  const insert = async (tx: Transaction): Promise<BegunUpload> => {
    const written = await tx.execute<Written>(insertion(rows, store.limits.filesPerAvatar));
    const [row] = written.rows;
    return row ? asBegun(row) : refuse(store, upload);
  };
  try {
    const begun = await withScopes(store, [upload], () =>
      store.db.transaction((tx) => withinStorage(tx, upload.userId, () => insert(tx))),
    );
    return () => begun;
  } catch (error) {
    return () => {
      throw error;
    };
  }
};

const refuse = (store: Limited, upload: NewUpload): never => {
  throw tooManyFiles(store, upload);
};

const toRow = ({ userId, avatarId, contentType, useForTraining, partSize, ...others }: NewUpload) => ({
  ...{ id: newId(), user_id: userId, avatar_id: avatarId, content_type: contentType },
  ...{ use_for_training: useForTraining, part_size: partSize, ...others },
});

/** Nearly always the avatar is known; the database says where it isn't. */
const withScopes = async <Result>(
  store: Limited,
  scopes: FileScope[],
  insert: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await insert();
  } catch (error) {
    if (!isMissingReference(error)) throw error;
    for (const scope of scopes) await ensureScope(store, scope);
    return insert();
  }
};

const insertion = (rows: unknown, limit: unknown): SQL => sql`
    with places as (
      select * from json_to_recordset(${rows}) as row(id text, user_id text, avatar_id text,
        kind text, name text, size bigint, content_type text, sha256 text, use_for_training boolean,
        part_size bigint, seconds float8)
    ),
    ${fullAvatars(limit)}
    insert into ${uploads} (id, user_id, avatar_id, kind, name, size, content_type, sha256, use_for_training,
      part_size, state, urls_end_at, expires_at)
    select id, user_id, avatar_id, kind, name, size, content_type, sha256, use_for_training,
      part_size, 'open', ${inSeconds(urlSeconds)}, ${inSeconds(sql`seconds`)}
    from places as p where not ${isSurplus}
    returning id, urls_end_at as "urlsEndAt", expires_at as "expiresAt"`;

const insertRows = prepared<BegunUpload>(
  "insert-uploads",
  insertion(sql.placeholder("rows"), sql.placeholder("limit")),
);

/** A transaction's own statements answer with moments as texts. */
type Written = { id: string; urlsEndAt: string; expiresAt: string };
const asBegun = ({ id, urlsEndAt, expiresAt }: Written): BegunUpload => ({
  id,
  urlsEndAt: new Date(urlsEndAt),
  expiresAt: new Date(expiresAt),
});

const noUpload = (): never => {
  throw new Error("An insert answered with no row.");
};
