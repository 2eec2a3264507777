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
export type TokenCounter = {
  count: CountTokens;
  /** The base model that an adapter is made with, by whose tokenizer files are counted that have none yet. */
  defaultBase: string;
};
type CountedObject = { name: string; key: string; etag: string };

/** Files that were inspected and whose tokens nobody has counted for the avatar's base, which a worker holds. */
const isCountable: SQL | undefined = and(
  inArray(files.kind, ["training_data", "evaluation_data"]),
  eq(files.state, "ready"),
  isNotNull(files.report),
  isNull(files.tokensBase),
);

type Search = Pick<TokenCounter, "defaultBase"> & { limit: number };

/** The files that wait longest first. */
export const findUncountedFiles = (
  store: Store,
  { defaultBase, limit }: Search,
): Promise<{ fileId: string }[]> =>
  store.db
    .select({ fileId: files.id })
    .from(files)
    .leftJoin(adapters, ofTheSameAvatar)
    .where(and(isCountable, exists(readyWorkers(store.db, baseModelOr(defaultBase)))))
    .orderBy(asc(files.updatedAt))
    .limit(limit);

/**
 * Counts a file's tokens where a worker of its base is there, and keeps the counts if its bytes and its base are
 * still the counted ones. A file that can't be counted, whoever tries, is kept as one without counts.
 *
 * @throws LoraloomError what may pass, such as `worker_unreachable`
 */
export const countFileTokens = async (
  store: Store,
  fileId: string,
  { count, defaultBase }: TokenCounter,
): Promise<void> => {
  const [found] = await store.db
    .select({ file: files, baseModel: baseModelOr(defaultBase) })
    .from(files)
    .leftJoin(adapters, ofTheSameAvatar)
    .where(and(eq(files.id, fileId), isCountable));
  if (!found) return;
  const engineKey = await engineKeyOf(store.db, found.baseModel);
  if (!engineKey) return;
  const tokens = await countOnce(store, found.file, (file) => count({ engineKey, file }));
  await recordTokens(store, found.file, { tokens, tokensBase: found.baseModel, defaultBase });
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

type Counted = { tokens: TokenCounts | null; tokensBase: string; defaultBase: string };

const recordTokens = async (
  { db }: Store,
  { id, etag }: StoredFile,
  { tokens, tokensBase, defaultBase }: Counted,
): Promise<void> => {
  const ofAdapter = db.select({ baseModel: adapters.baseModel }).from(adapters).where(ofTheSameAvatar);
  const isStillItsBase = sql`coalesce((${ofAdapter}), ${defaultBase}) = ${tokensBase}`;
  await db
    .update(files)
    .set({ tokens, tokensBase })
    .where(and(eq(files.id, id), eq(files.etag, etag), isCountable, isStillItsBase));
};

const ofTheSameAvatar = and(
  eq(adapters.userId, files.userId),
  eq(adapters.avatarId, files.avatarId),
  eq(adapters.state, "active"),
);

/** The base model of the avatar's adapter, else the one that it would be made with. */
const baseModelOr = (defaultBase: string): SQL<string> =>
  sql<string>`coalesce(${adapters.baseModel}, ${defaultBase})`;

/** An engine's key begins with its base model. */
const holds = (baseModel: SQL | string): SQL => sql`starts_with(${workers.engineKey}, ${baseModel} || '@')`;

const isReady = and(isLive, eq(workers.state, "ready"));

const readyWorkers = (db: Executor, baseModel: SQL) =>
  db
    .select({ id: workers.id })
    .from(workers)
    .where(and(isReady, holds(baseModel)));

const engineKeyOf = async (db: Executor, baseModel: string): Promise<string | undefined> => {
  const [worker] = await db
    .select({ engineKey: workers.engineKey })
    .from(workers)
    .where(and(isReady, holds(baseModel)))
    .limit(1);
  return worker?.engineKey;
};
