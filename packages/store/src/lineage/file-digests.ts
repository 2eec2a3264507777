import { sql } from "drizzle-orm";
import { ofName } from "../files/in-folder.ts";
import { type FileName, filesNotFound, type StoredFile } from "../files/stored-file.ts";
import { type AvatarScope, checkFileName, fileKey } from "../keys/index.ts";
import { hashObject } from "../objects/index.ts";
import type { Executor, Store } from "../store.ts";
import { files } from "../tables/index.ts";

/** What the runs of an avatar read: other files teach nothing. */
export type ReadKind = "training_data" | "evaluation_data";
export type ReadFile = FileName & { kind: ReadKind };

export const roleOf = (kind: ReadKind): "train" | "evaluation" =>
  kind === "training_data" ? "train" : "evaluation";

/**
 * The SHA-256 of all bytes that a name is known to have had: those that are there, and those that a run or a version
 * of the avatar has read. So a file that was replaced or deleted can still be asked for.
 *
 * @throws LoraloomError `file_not_found` for a name that nobody knows, `bad_file_name`, `storage_unavailable`
 */
export const digestsOfFile = async (
  store: Store,
  scope: AvatarScope,
  { kind, name }: ReadFile,
): Promise<string[]> => {
  const file = { kind, name: checkFileName(name) };
  const [row] = await store.db
    .select()
    .from(files)
    .where(ofName(files, { ...scope, ...file }));
  const present = row && (await digestOf(store, row));
  const digests = new Set([...(present ? [present] : []), ...(await digestsRead(store.db, scope, file))]);
  if (digests.size === 0 && !row) throw filesNotFound(kind, [file.name]);
  return [...digests];
};

/** Of bytes that nobody has hashed yet; `undefined` where they are gone. */
const digestOf = async ({ objects }: Store, file: StoredFile): Promise<string | undefined> =>
  file.sha256 ?? hashObject(objects, { key: fileKey(file, file.kind, file.name), ifMatch: file.etag });

const digestsRead = async (db: Executor, { userId, avatarId }: AvatarScope, { kind, name }: ReadFile) => {
  const role = roleOf(kind);
  const { rows } = await db.execute<{ sha256: string }>(sql`
    select input->>'sha256' as sha256
    from runs, jsonb_array_elements(runs.inputs) input
    where user_id = ${userId} and avatar_id = ${avatarId} and inputs @> ${JSON.stringify([{ name, role }])}::jsonb
      and input->>'name' = ${name} and input->>'role' = ${role}
    union
    select version_inputs.sha256 from version_inputs join versions on versions.id = version_inputs.version_id
    where user_id = ${userId} and avatar_id = ${avatarId} and restored_from is null
      and version_inputs.name = ${name} and version_inputs.role = ${role}`);
  return rows.map(({ sha256 }) => sha256);
};
