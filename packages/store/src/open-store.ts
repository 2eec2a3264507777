import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type pg from "pg";
import { writeAuditTogether } from "./access/audit.ts";
import { findKeysTogether, noteUsesTogether } from "./access/find-api-key.ts";
import { findSharesTogether } from "./access/shares.ts";
import { findAdaptersTogether } from "./adapters/read-adapters.ts";
import { createBackground } from "./background.ts";
import { checkClock } from "./database/check-clock.ts";
import { isRefusal, isSignInRefusal } from "./database/failures.ts";
import { migrateDatabase } from "./database/migrate.ts";
import { openDatabase } from "./database/open-database.ts";
import { openPool } from "./database/pool.ts";
import { findEvaluationTogether } from "./files/has-evaluation.ts";
import { readFilesTogether } from "./files/read-files.ts";
import { setFlagsTogether } from "./files/set-flags.ts";
import { createGather } from "./gather.ts";
import { ensureBucket } from "./objects/bucket.ts";
import { openObjects } from "./objects/client.ts";
import { storageNotReached } from "./objects/failures.ts";
import type { ObjectRequestListener } from "./objects/watch-requests.ts";
import { usualRetention } from "./retention.ts";
import { findPlacesTogether } from "./runs/queue-place.ts";
import { findRunsTogether } from "./runs/read-runs.ts";
import { startTogether } from "./runs/start-together.ts";
import { openKeyFile } from "./secrets/key-file.ts";
import type { Logger, Store, StoreConfig } from "./store.ts";
import { insertUploadsTogether } from "./uploads/insert-uploads.ts";
import { readLiveTogether } from "./workers/workers.ts";

export type { Database, Logger, Store, StoreConfig } from "./store.ts";

export type OpenOptions = {
  /** Told of each request to the object store. */
  onObjectRequest?: ObjectRequestListener;
};

/** A database that was started beside us needs a moment; who can wait longer opens again. */
const patienceMilliseconds = 2_500;
const pauseMilliseconds = 500;

/**
 * Connects to the database and the bucket and brings the tables up to date.
 *
 * @throws LoraloomError `database_unavailable`, `storage_unavailable`
 * @example await using store = await openStore(toStoreConfig(env), log);
 */
export const openStore = async (
  config: StoreConfig,
  log: Logger,
  { onObjectRequest }: OpenOptions = {},
): Promise<Store & AsyncDisposable> => {
  await using opened = new AsyncDisposableStack();
  const pool = openPool(config.databaseUrl, log);
  opened.defer(() => pool.end());
  const objects = opened.use(openObjects(config.objects, log, onObjectRequest));
  const background = createBackground(log);
  opened.defer(() => background.settled());
  await connect(pool, log);
  await checkClock(pool, log);
  await migrateDatabase(pool);
  await ensureBucket(objects).catch((error) => {
    throw isLoraloomError(error, "storage_unavailable") ? storageNotReached(objects, error) : error;
  });
  const resources = opened.move();
  const db = openDatabase(pool, log);
  const { limits, price, retention = usualRetention } = config;
  return {
    db,
    pool,
    objects,
    limits,
    price,
    retention,
    masterKeys: openKeyFile(config.masterKeyFile),
    log,
    background,
    keyReads: createGather((hashes) => findKeysTogether(db, hashes)),
    keyUses: createGather((ids) => noteUsesTogether(db, ids)),
    shareReads: createGather((names) => findSharesTogether(db, names)),
    uploadRows: createGather((rows) => insertUploadsTogether({ db, limits }, rows)),
    flagCalls: createGather((calls) => setFlagsTogether(db, calls)),
    adapterReads: createGather((scopes) => findAdaptersTogether(db, scopes)),
    runReads: createGather((ids) => findRunsTogether(db, ids)),
    evaluationReads: createGather((scopes) => findEvaluationTogether(db, scopes)),
    fileReads: createGather((reads) => readFilesTogether(db, reads)),
    workerReads: createGather((askers) => readLiveTogether(db, askers)),
    queuePlaces: createGather(findPlacesTogether(db)),
    runStarts: createGather((starts) => startTogether(db, starts)),
    auditEntries: createGather((entries) => writeAuditTogether(db, entries)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const connect = async (pool: pg.Pool, log: Logger): Promise<void> => {
  // By a clock that nobody sets.
  const end = performance.now() + patienceMilliseconds;
  for (;;) {
    try {
      await pool.query("select 1");
      return;
    } catch (error) {
      if (performance.now() > end || isRefusal(error)) throw notConnected(pool, error);
      log.info("the database does not answer yet");
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  }
};

/** Names the place and never the password. */
const notConnected = (pool: pg.Pool, cause: unknown): LoraloomError => {
  const { hostname, port, pathname, username } = new URL(pool.options.connectionString ?? "");
  const place = `${hostname}:${port || "5432"}${pathname}`;
  return new LoraloomError("database_unavailable", `The database at ${place} ${fault(cause, username)}.`, {
    cause,
  });
};

const fault = (cause: unknown, username: string): string => {
  if (isSignInRefusal(cause))
    return `refuses the sign-in of '${decodeURIComponent(username)}': check the user and the password in DATABASE_URL`;
  return isRefusal(cause) ? "does not exist: check the name in DATABASE_URL" : "does not answer";
};
