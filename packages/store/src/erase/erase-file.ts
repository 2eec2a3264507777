import { eq } from "drizzle-orm";
import { markDeleting } from "../files/mark-deleting.ts";
import { requestFlagProjection } from "../files/project-flags.ts";
import { removeDeletedFile } from "../files/remove-deleted.ts";
import { type AvatarScope, checkFileName } from "../keys/index.ts";
import { digestsOfFile, type ReadFile } from "../lineage/file-digests.ts";
import { type Holders, holdersOf } from "../lineage/holders.ts";
import type { Run } from "../runs/run.ts";
import { requestTidying } from "../runs/tidy-run.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { eraseFromRuns } from "./erase-from-runs.ts";

export type Erased = Holders & {
  name: string;
  /** The runs that had read it; what they kept of it goes. */
  runs: Pick<Run, "id" | "status">[];
};

/**
 * Erases a file: its object, and what every run that read it has kept of it. A run that is still going fails with
 * `dataset_erased`. From here on nothing is trained on it; a side job carries the removal of objects to its end.
 *
 * @returns the versions and backups that hold what it taught: they stay until they are deleted or trained anew
 * @throws LoraloomError `file_not_found` for a name that neither is there nor was read by a run, `bad_file_name`,
 * `storage_unavailable`
 */
export const eraseFile = async (store: Store, scope: AvatarScope, file: ReadFile): Promise<Erased> => {
  const named = { kind: file.kind, name: checkFileName(file.name) };
  const digests = await digestsOfFile(store, scope, named);
  const { fileId, runs } = await markErased(store, scope, { ...named, digests });
  requestFlagProjection(store, { ...scope, kind: named.kind });
  for (const run of runs) requestTidying(store, run);
  if (fileId) await removeNow(store, fileId);
  return { name: named.name, runs, ...(await holdersOf(store.db, scope.userId, digests)) };
};

/** One transaction: a run either is found here or doesn't find the file any more. */
export const markErased = (
  store: Pick<Store, "db">,
  scope: AvatarScope,
  { kind, name, digests }: ReadFile & { digests: string[] },
): Promise<{ fileId: string | undefined; runs: Run[] }> =>
  store.db.transaction(async (tx) => {
    const [marked] = await markDeleting(
      tx,
      { ...scope, kind },
      { deletion: "named", which: eq(files.name, name) },
    );
    return { fileId: marked?.id, runs: await eraseFromRuns(tx, scope, { kind, name, digests }) };
  });

const removeNow = (store: Store, fileId: string): Promise<void> =>
  removeDeletedFile(store, fileId).catch((error) =>
    store.log.warn({ error, fileId }, "an erased file's object is still there; a side job removes it"),
  );
