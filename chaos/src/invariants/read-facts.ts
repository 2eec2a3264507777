import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Sources } from "../service/start-service.ts";
import { withDatabase } from "../service/with-database.ts";
import type {
  AdapterRow,
  DeliveryRow,
  EventRow,
  FileRow,
  FlagsRow,
  LedgerRow,
  RunRow,
  ShareRow,
  UploadRow,
  VersionRow,
} from "./rows.ts";

/** All that lies in the database and in the object store, read by plain SQL and plain S3: nothing of the service's own. */
export type Facts = Tables & {
  keys: Set<string>;
  /** Keys of uploads in parts that are not finished. */
  unfinished: string[];
  /** `undefined`: there is no such object. */
  read: (key: string) => Promise<ReadObject | undefined>;
};
export type ReadObject = { body: Buffer; metadata: Record<string, string> };

export const readFacts = async ({ databaseUrl, s3 }: Sources): Promise<Facts> => {
  const { endpoint, region, bucket, ...credentials } = s3;
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  const tables = await readTables(databaseUrl);
  const listed = await readBucket(client, bucket);
  const read = async (key: string): Promise<ReadObject | undefined> => {
    if (!listed.keys.has(key)) return undefined;
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const body = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    return { body, metadata: object.Metadata ?? {} };
  };
  return { ...tables, ...listed, read };
};

const statements = {
  runs: `select id, user_id, avatar_id, status, attempt, version_id, abandoned_versions, frozen, checkpoint, rerun_of,
    cancel_keeps, error, event_seq::int, billed_step, billed_tokens::int, billed_seconds,
    coalesce(extract(epoch from finished_at - started_at), 0)::float8 as lived_seconds, lease_expires_at is not null as is_leased, sweep_due_at is not null as is_sweep_due from runs`,
  events: `select run_id, seq::int, attempt, extract(epoch from at)::float8 as at, type, data from run_events
    order by run_id, seq`,
  metrics: "select run_id, count(*)::int as count from run_metrics group by run_id",
  versions: "select id, user_id, avatar_id, run_id, state, restored_from, files from versions",
  adapters: `select user_id, avatar_id, state, current_version, publish_seq::int, projected_seq::int, generation
    from adapters`,
  files: "select id, user_id, avatar_id, kind, name, used, state, sha256, size::int from files",
  uploads: "select id, state, swept_at is not null as is_swept from uploads",
  flags: "select user_id, avatar_id, kind, rev::int, written_rev::int from avatar_flags",
  ledger: `select user_id, sum(tokens)::int as tokens, sum(gpu_seconds) as gpu_seconds from usage_ledger
    group by user_id`,
  shares: "select owner_id, avatar_id, user_id, role from shares",
  deliveries: "select id, webhook_id, run_id, event_seq::int, type, state from webhook_deliveries",
  stagedPrefixes: "select prefix from staged_prefixes",
};

export type Tables = Awaited<ReturnType<typeof readTables>>;

/** One snapshot of all tables. */
export const readTables = (databaseUrl: string) =>
  withDatabase(databaseUrl, async (client) => {
    await client.query("begin isolation level repeatable read read only");
    const rowsOf = async <Row>(name: keyof typeof statements): Promise<Row[]> =>
      (await client.query(statements[name])).rows;
    const metrics = await rowsOf<{ run_id: string; count: number }>("metrics");
    const staged = await rowsOf<{ prefix: string }>("stagedPrefixes");
    return {
      runs: await rowsOf<RunRow>("runs"),
      events: await rowsOf<EventRow>("events"),
      /** How many figures a run has. */
      metrics: new Map(metrics.map(({ run_id, count }) => [run_id, count])),
      versions: await rowsOf<VersionRow>("versions"),
      adapters: await rowsOf<AdapterRow>("adapters"),
      files: await rowsOf<FileRow>("files"),
      uploads: await rowsOf<UploadRow>("uploads"),
      flags: await rowsOf<FlagsRow>("flags"),
      ledger: await rowsOf<LedgerRow>("ledger"),
      shares: await rowsOf<ShareRow>("shares"),
      deliveries: await rowsOf<DeliveryRow>("deliveries"),
      /** Prefixes that are going to be swept. */
      stagedPrefixes: staged.map(({ prefix }) => prefix),
    };
  });

const readBucket = async (client: S3Client, bucket: string) => {
  const pages = paginateListObjectsV2({ client }, { Bucket: bucket });
  const keys = await Array.fromAsync(pages, ({ Contents = [] }) => Contents.map(({ Key = "" }) => Key));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return { keys: new Set(keys.flat()), unfinished: Uploads.map(({ Key = "" }) => Key) };
};
