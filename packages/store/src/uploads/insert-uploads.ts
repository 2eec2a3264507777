import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import { type SQL, sql } from "drizzle-orm";
import { ensureScope } from "../access/avatars.ts";
import { isMissingReference } from "../database/failures.ts";
import { prepared } from "../database/prepared.ts";
import type { Answer } from "../gather.ts";
import type { FileScope } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
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

type Limited = Pick<Store, "db" | "pool" | "limits">;

/** Writes one row. @throws LoraloomError `too_many_files` */
export const insertUpload = async (store: Limited, upload: NewUpload): Promise<BegunUpload> => {
  const [insert = noUpload()] = await insertUploadsTogether(store, [upload]);
  return insert();
};

/**
 * Writes rows by one statement. A new name that its avatar has no room for gets none; as an upload may never be
 * completed, more can begin than will fit.
 */
export const insertUploadsTogether = async (
  store: Limited,
  newUploads: NewUpload[],
): Promise<Answer<BegunUpload>[]> => {
  const rows = new Map(newUploads.map((upload) => [upload, toRow(upload)]));
  const { written, refusals } = await withScopes(store, newUploads, (uploads) =>
    insertRows(store.pool, {
      rows: JSON.stringify(uploads.map((upload) => rows.get(upload))),
      limit: store.limits.filesPerAvatar,
    }),
  );
  const byId = new Map(written.map((row) => [row.id, row]));
  return newUploads.map(
    (upload) => () =>
      byId.get(rows.get(upload)?.id ?? "") ?? refuse(refusals.get(upload) ?? tooManyFiles(store, upload)),
  );
};

const refuse = (error: LoraloomError): never => {
  throw error;
};

const toRow = ({ userId, avatarId, contentType, useForTraining, partSize, ...others }: NewUpload) => ({
  ...{ id: newId(), user_id: userId, avatar_id: avatarId, content_type: contentType },
  ...{ use_for_training: useForTraining, part_size: partSize, ...others },
});

type Refusals = Map<NewUpload, LoraloomError>;

/** Nearly always every avatar is known; the database says where one isn't. */
const withScopes = async <Row>(
  store: Limited,
  uploads: NewUpload[],
  insert: (uploads: NewUpload[]) => Promise<Row[]>,
): Promise<{ written: Row[]; refusals: Refusals }> => {
  try {
    return { written: await insert(uploads), refusals: new Map() };
  } catch (error) {
    if (!isMissingReference(error)) throw error;
    const refusals = await ensureScopes(store, uploads);
    return { written: await insert(uploads.filter((upload) => !refusals.has(upload))), refusals };
  }
};

/** An avatar that was erased is no fault of those that came at the same time. */
const ensureScopes = async (store: Limited, uploads: NewUpload[]): Promise<Refusals> => {
  const refusals: Refusals = new Map();
  for (const upload of uploads) {
    try {
      await ensureScope(store, upload);
    } catch (error) {
      if (!isLoraloomError(error) || error.fault === "system") throw error;
      refusals.set(upload, error);
    }
  }
  return refusals;
};

const insertRows = prepared<BegunUpload>(
  "insert-uploads",
  sql`
    with places as (
      select * from json_to_recordset(${sql.placeholder("rows")}) as row(id text, user_id text, avatar_id text,
        kind text, name text, size bigint, content_type text, sha256 text, use_for_training boolean,
        part_size bigint, seconds float8)
    ),
    ${fullAvatars(sql.placeholder("limit"))}
    insert into ${uploads} (id, user_id, avatar_id, kind, name, size, content_type, sha256, use_for_training,
      part_size, state, urls_end_at, expires_at)
    select id, user_id, avatar_id, kind, name, size, content_type, sha256, use_for_training,
      part_size, 'open', ${inSeconds(urlSeconds)}, ${inSeconds(sql`seconds`)}
    from places as p where not ${isSurplus}
    returning id, urls_end_at as "urlsEndAt", expires_at as "expiresAt"`,
);

const noUpload = (): never => {
  throw new Error("An insert answered with no row.");
};
