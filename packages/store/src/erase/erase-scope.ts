import { LoraloomError } from "@loraloom/errors";
import type { FileScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { type ErasedBy, eraseRows } from "./erase-rows.ts";
import {
  countObjects,
  countRows,
  findLeftVersions,
  type LeftVersion,
  type ObjectCounts,
  type RowCounts,
} from "./inventory.ts";
import { sweepDue } from "./sweep-erasures.ts";
import { requireNotErased, tombstoneOf } from "./tombstones.ts";

export type ErasurePreview = ObjectCounts & {
  /** Stands for it from now on, in the tables and in the object store. */
  tombstone: string;
  rows: RowCounts;
  /** They stay until they are deleted. */
  leftVersions: LeftVersion[];
};
export type Erasure = ErasurePreview & {
  /** Else the store did not answer, and a side job goes on. */
  objectsRemoved: boolean;
};

/** What {@link eraseScope} would take. @throws as that */
export const previewErasure = async (store: Store, scope: FileScope): Promise<ErasurePreview> => {
  await requireNotErased(store.db, scope);
  const rows = await countRows(store.db, scope);
  const objects = await countObjects(store, scope);
  if (Object.keys(rows).length === 0 && objects.objects === 0) throw notFound(scope);
  return {
    tombstone: tombstoneOf(scope).hash,
    rows,
    ...objects,
    leftVersions: await findLeftVersions(store.db, scope),
  };
};

/**
 * Erases an avatar, or with null a user and all his avatars: rows at once, objects as soon as the store lets them go.
 * From the answer on nobody can read any of it, what works on its runs has lost them, and its id is never used again.
 *
 * @throws LoraloomError `avatar_not_found`, `user_not_found`; `avatar_erased`, `user_erased` where it was done before;
 * `storage_unavailable`, and nothing is erased
 */
export const eraseScope = async (store: Store, scope: FileScope, by: ErasedBy = {}): Promise<Erasure> => {
  const preview = await previewErasure(store, scope);
  const rows = await eraseRows(store, scope, by);
  store.log.info({ tombstone: preview.tombstone, rows }, "an erasure was begun");
  return { ...preview, rows, objectsRemoved: await removeNow(store, preview.tombstone) };
};

const removeNow = (store: Store, tombstone: string): Promise<boolean> =>
  sweepDue(store, tombstone).then(
    () => true,
    (error) => {
      store.log.warn({ error, tombstone }, "objects of an erasure are still there; a side job removes them");
      return false;
    },
  );

const notFound = ({ userId, avatarId }: FileScope): LoraloomError =>
  avatarId === null
    ? new LoraloomError("user_not_found", `There is no user '${userId}'.`, { details: { userId } })
    : new LoraloomError("avatar_not_found", `There is no avatar '${avatarId}'.`, { details: { avatarId } });
