import { byteSize, LoraloomError } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import { ensureAvatar } from "../access/index.ts";
import type { Inspect } from "../files/inspect-object.ts";
import { getFile } from "../files/read-files.ts";
import type { StoredFile } from "../files/stored-file.ts";
import {
  type AvatarScope,
  checkFileName,
  type Folder,
  fileKey,
  maxFileBytes,
  uploadKey,
} from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { copyObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { withinStorage } from "../usage/require-storage.ts";
import { completeUpload } from "./complete-upload.ts";
import { requireRoom } from "./room.ts";

export type CopyOriginalInput = {
  from: Folder & { name: string };
  /** Left out: the original's name. */
  as?: string | undefined;
  /** Left out: a replaced file keeps its flag and a new one is used. */
  useForTraining?: boolean | undefined;
  inspect: Inspect;
};

const kind = "training_data";

/**
 * Makes training data of a file of another folder, inside the store: an upload whose bytes the store brings itself,
 * so that it replaces, is inspected and survives a crash like any other.
 *
 * @throws LoraloomError `file_not_found`, `bad_file_name`, `too_large`, `too_many_files`, `limit_reached`, `storage_unavailable`
 */
export const copyOriginal = async (
  store: Store,
  avatar: AvatarScope,
  { from, as, useForTraining, inspect }: CopyOriginalInput,
): Promise<StoredFile> => {
  const original = await getFile(store, from, from);
  const name = checkFileName(as ?? original.name);
  refuseLarge(store, original);
  const uploadId = newId();
  await stage(store, original, uploadId);
  await accept(store, avatar, { uploadId, original, name, useForTraining });
  return completeUpload(store, avatar, { uploadId, inspect });
};

const refuseLarge = ({ limits }: Store, { name, size }: StoredFile): void => {
  const limit = maxFileBytes(kind, limits);
  if (size <= limit) return;
  throw new LoraloomError("too_large", `'${name}' has ${byteSize(size)}, more than ${byteSize(limit)}.`, {
    details: { size, limit },
  });
};

/** Without a row yet: what a crash leaves here is swept. */
const stage = async (
  store: Store,
  { etag, name, size, ...original }: StoredFile,
  uploadId: string,
): Promise<void> => {
  const from = fileKey(original, original.kind, name);
  const answer = await copyObject(store.objects, { from, to: uploadKey(uploadId), size, ifMatch: etag });
  if (typeof answer === "object") return;
  throw new LoraloomError(
    "file_not_found",
    `The bytes of '${name}' were changed or removed by another tool; a sync brings the list up to date.`,
    { details: { kind: original.kind, name } },
  );
};

type Accepted = Pick<CopyOriginalInput, "useForTraining"> & {
  uploadId: string;
  original: StoredFile;
  name: string;
};

const accept = async (
  store: Store,
  { userId, avatarId }: AvatarScope,
  { uploadId, original: { size, sha256, contentType }, name, useForTraining }: Accepted,
): Promise<void> => {
  await ensureAvatar(store, { userId, avatarId });
  await store.db.transaction(async (tx) => {
    await requireRoom({ db: tx, limits: store.limits }, { userId, avatarId, kind, name });
    await withinStorage(tx, userId, () =>
      tx.insert(uploads).values({
        id: uploadId,
        userId,
        avatarId,
        ...{ kind, name, size, sha256, contentType, useForTraining },
        state: "completing",
        completingAt: sql`clock_timestamp()`,
        expiresAt: sql`now() + interval '1 hour'`,
      }),
    );
  });
};
