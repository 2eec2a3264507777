import { createTestBucket, createTestDatabase } from "@loraloom/testkit";
import { type StoreLimits, usualLimits } from "../limits.ts";
import { type OpenOptions, openStore } from "../open-store.ts";
import type { Logger, Store, StoreConfig } from "../store.ts";
import { createMasterKeyFile } from "./master-key-file.ts";
import { migratedTemplate } from "./migrated-template.ts";

export type TestStore = Store & AsyncDisposable & { config: StoreConfig; logged: LoggedLine[] };
export type LoggedLine = { level: keyof Logger; message: string; fields: object };

export type OpenTestStore = {
  /** Another way to the S3 server, such as a fault proxy's URL. */
  endpoint?: string;
  limits?: Partial<StoreLimits>;
  price?: StoreConfig["price"];
  onObjectRequest?: OpenOptions["onObjectRequest"];
};

/**
 * A store over a database and a bucket of its own, on real Postgres and a real S3 server.
 *
 * @example await using store = await openTestStore();
 */
export const openTestStore = async ({
  endpoint,
  limits,
  price,
  onObjectRequest,
}: OpenTestStore = {}): Promise<TestStore> => {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase({ template: await migratedTemplate() }));
  const { [Symbol.asyncDispose]: disposeBucket, ...bucket } = await createTestBucket();
  opened.defer(() => disposeBucket());
  const objects = { ...bucket, ...(endpoint && { endpoint, publicEndpoint: bucket.endpoint }) };
  const { path: masterKeyFile } = opened.use(await createMasterKeyFile());
  const config: StoreConfig = {
    databaseUrl: database.url,
    objects,
    limits: { ...usualLimits, ...limits },
    price,
    masterKeyFile,
  };
  const { log, logged } = createTestLogger();
  const store = opened.use(await openStore(config, log, { onObjectRequest }));
  const resources = opened.move();
  return { ...store, config, logged, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

/** A logger that keeps its lines, so that a test can look for a secret in them. */
export const createTestLogger = (): { log: Logger; logged: LoggedLine[] } => {
  const logged: LoggedLine[] = [];
  const lineOf = (level: keyof Logger) => (fields: object | string, message?: string) => {
    logged.push(
      typeof fields === "string"
        ? { level, message: fields, fields: {} }
        : { level, message: message ?? "", fields },
    );
  };
  return {
    log: { debug: lineOf("debug"), info: lineOf("info"), warn: lineOf("warn"), error: lineOf("error") },
    logged,
  };
};
