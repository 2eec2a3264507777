import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";
import type { AuditEntry } from "./access/audit.ts";
import type { FoundKey } from "./access/find-api-key.ts";
import type { Share, ShareName } from "./access/shares.ts";
import type { Adapter } from "./adapters/lock-adapter.ts";
import type { Background } from "./background.ts";
import type { FileRead } from "./files/read-files.ts";
import type { FlagCall } from "./files/set-flags.ts";
import type { StoredFile } from "./files/stored-file.ts";
import type { Gather } from "./gather.ts";
import type { AvatarScope } from "./keys/index.ts";
import type { StoreLimits } from "./limits.ts";
import type { ObjectStore, ObjectStoreConfig } from "./objects/client.ts";
import type { Retention } from "./retention.ts";
import type { QueuePlace } from "./runs/queue-place.ts";
import type { Run } from "./runs/run.ts";
import type { RunStart } from "./runs/start-run.ts";
import type { MasterKeys } from "./secrets/master-keys.ts";
import type { Transaction } from "./transaction.ts";
import type { BegunUpload, NewUpload } from "./uploads/insert-uploads.ts";
import type { Price } from "./usage/price.ts";
import type { Worker } from "./workers/workers.ts";

type LogLine = { (fields: object, message: string): void; (message: string): void };
/** As much of a logger as the store needs; pino fits. */
export type Logger = { debug: LogLine; info: LogLine; warn: LogLine; error: LogLine };

export type StoreConfig = {
  databaseUrl: string;
  objects: ObjectStoreConfig;
  limits: StoreLimits;
  /** Left out: nobody is told what a run costs. */
  price?: Price | undefined;
  /** Left out where no secret of a user is ever needed, as in a worker. */
  masterKeyFile?: string | undefined;
  /** Left out: the usual one. */
  retention?: Retention;
};

/** Where statements go: any connection of the pool, or the one of a transaction or of a lock. */
export type Connection = {
  query: <Row extends pg.QueryResultRow>(statement: pg.QueryConfig) => Promise<pg.QueryResult<Row>>;
};

export type Database = Omit<NodePgDatabase, "transaction"> & {
  $client: Connection;
  transaction: <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>;
};

/** The database or a transaction in it. */
export type Executor = Pick<Database, "select" | "insert" | "update" | "delete" | "execute" | "$client">;

/** What every function of this package works with. */
export type Store = {
  db: Database;
  pool: pg.Pool;
  objects: ObjectStore;
  limits: StoreLimits;
  price: Price | undefined;
  retention: Retention;
  /** What the secrets of users are sealed with. */
  masterKeys: MasterKeys;
  log: Logger;
  /** Work that a request starts and does not wait for. */
  background: Background;
  /** Looks up API keys by their hashes; those that are shown at once are looked up together. */
  keyReads: Gather<string, FoundKey | undefined>;
  /** Notes that keys are used; those that are shown at once are noted together. */
  keyUses: Gather<string, void>;
  /** Looks shares up; those that are asked for at once are looked up together. */
  shareReads: Gather<ShareName, Share | undefined>;
  /** Writes rows of uploads that come in one piece; those that are begun at once are written together. */
  uploadRows: Gather<NewUpload, BegunUpload>;
  /** Sets flags; calls for one folder that come at once are written together. */
  flagCalls: Gather<FlagCall, string[]>;
  /** Reads active adapters; those that are asked for at once are read together. */
  adapterReads: Gather<AvatarScope, Adapter | undefined>;
  /** Reads runs by their ids; those that are asked for at once are read together. */
  runReads: Gather<string, Run | undefined>;
  /** Looks for evaluation files; avatars that are asked about at once are looked at together. */
  evaluationReads: Gather<AvatarScope, boolean>;
  /** Reads files by their names; those of one folder that are asked for at once are read together. */
  fileReads: Gather<FileRead, StoredFile>;
  /** Reads the workers that live; those who ask at once are answered together. */
  workerReads: Gather<undefined, Worker[]>;
  /** Finds the places of waiting runs; those of one engine that are asked for at once are found together. */
  queuePlaces: Gather<string, QueuePlace | null>;
  /** Queues runs; those that are started at once are queued together. */
  runStarts: Gather<RunStart, Run>;
  /** Notes who did what; entries that come at once are written together. */
  auditEntries: Gather<AuditEntry, void>;
};
