import { isLoraloomError } from "@loraloom/errors";
import { and, asc, eq, exists, inArray, isNotNull, isNull, ne, type SQL, sql } from "drizzle-orm";
import { type AvatarScope, fileKey } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import { adapters, files, type TokenCounts, workers } from "../tables/index.ts";
import { isLive } from "../workers/workers.ts";
import { ofScope } from "./in-folder.ts";
import type { StoredFile } from "./stored-file.ts";

/** Has a worker count the tokens of one object, only as it was with this ETag. */
export type CountTokens = (request: { engineKey: string; file: CountedObject }) => Promise<TokenCounts>;
type CountedObject = { name: string; key: string; etag: string };

/** Files that were inspected and whose tokens nobody has counted for the avatar's base, which a worker holds. */
const isCountable: SQL | undefined = and(
  inArray(files.kind, ["training_data", "evaluation_data"]),
  eq(files.state, "ready"),
  isNotNull(files.report),
  isNull(files.tokensBase),
);

/** The files that wait longest first. */
export const findUncountedFiles = (store: Store, limit: number): Promise<{ fileId: string }[]> =>
  store.db
    .select({ fileId: files.id })
    .from(files)
    .innerJoin(adapters, ofTheSameAvatar)
    .where(and(isCountable, exists(readyWorkers(store.db))))
    .orderBy(asc(files.updatedAt))
    .limit(limit);

/**
 * Counts a file's tokens where a worker of its adapter's base is there, and keeps the counts if its bytes are still
 * the counted ones. A file that can't be counted, whoever tries, is kept as one without counts.
 *
 * @throws LoraloomError what may pass, such as `worker_unreachable`
 */
export const countFileTokens = async (store: Store, fileId: string, count: CountTokens): Promise<void> => {
  const [found] = await store.db
    .select({ file: files, baseModel: adapters.baseModel })
    .from(files)
    .innerJoin(adapters, ofTheSameAvatar)
    .where(and(eq(files.id, fileId), isCountable));
  if (!found) return;
  const engineKey = await engineKeyOf(store.db, found.baseModel);
  if (!engineKey) return;
  const tokens = await countOnce(store, found.file, (file) => count({ engineKey, file }));
  await recordTokens(store, found.file, { tokens, tokensBase: found.baseModel });
};

/** Counts of another base say nothing of this one. */
export const forgetTokenCounts = async (
  db: Executor,
  scope: AvatarScope,
  baseModel: string,
): Promise<void> => {
  await db
    .update(files)
    .set({ tokens: null, tokensBase: null })
    .where(and(ofScope(files, scope), ne(files.tokensBase, baseModel)));
};

/** null: there is nothing to count, or nobody can. */
const countOnce = async (
  store: Store,
  file: StoredFile,
  count: (object: CountedObject) => Promise<TokenCounts>,
): Promise<TokenCounts | null> => {
  const { name, etag, report } = file;
  if (!report || report.usableRows === 0 || report.unassignedDialogs > 0) return null;
  try {
    return await count({ name, key: fileKey(file, file.kind, name), etag });
  } catch (error) {
    if (!isLoraloomError(error) || error.fault === "system") throw error;
    store.log.info({ err: error, fileId: file.id }, "the tokens of a file can't be counted");
    return null;
  }
};

const recordTokens = async (
  { db }: Store,
  { id, etag }: StoredFile,
  counted: Pick<StoredFile, "tokens" | "tokensBase">,
): Promise<void> => {
  await db
    .update(files)
    .set(counted)
    .where(and(eq(files.id, id), eq(files.etag, etag), isCountable));
};

const ofTheSameAvatar = and(
  eq(adapters.userId, files.userId),
  eq(adapters.avatarId, files.avatarId),
  eq(adapters.state, "active"),
);

/** An engine's key begins with its base model. */
const holds = (baseModel: typeof adapters.baseModel | string): SQL =>
  sql`starts_with(${workers.engineKey}, ${baseModel} || '@')`;

const isReady = and(isLive, eq(workers.state, "ready"));

const readyWorkers = (db: Executor) =>
  db
    .select({ id: workers.id })
    .from(workers)
    .where(and(isReady, holds(adapters.baseModel)));

const engineKeyOf = async (db: Executor, baseModel: string): Promise<string | undefined> => {
  const [worker] = await db
    .select({ engineKey: workers.engineKey })
    .from(workers)
    .where(and(isReady, holds(baseModel)))
    .limit(1);
  return worker?.engineKey;
};
