import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { BlockList } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openStore, type Store, type StoreConfig, usualLimits } from "@loraloom/store";
import { createMasterKeyFile } from "@loraloom/store/testing";
import { createTestBucket, createTestDatabase } from "@loraloom/testkit";
import type { HostConfig, RequestLimits } from "../env.ts";
import type { Patience } from "../inference/find-answer.ts";
import { createLog } from "../log.ts";
import { type Host, type StartHostOptions, startHost } from "../start-host.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";

/** A test that is about a limit sets it. */
export const unlimited: RequestLimits = {
  userCalls: 0,
  serviceCalls: 0,
  addressCalls: 0,
  addressFailures: 0,
  webhookCalls: 0,
  shareCalls: 0,
  streams: 0,
};

/** Long enough for a real answer on a busy machine, short enough to wait for silence. */
export const testPatience: Patience = { firstLine: 1_000, worker: 5_000, nextLine: 1_000 };

export type TestHost = Host & {
  config: HostConfig;
  /** Everything logged so far. */
  logged: () => string;
  /** The key in the key file. */
  readKey: () => Promise<string>;
  client: (apiKey: string) => ApiClient;
};

export type TestParts = AsyncDisposable & { store: StoreConfig; keyFile: string };

/** A database and a bucket of their own, and a folder for the key file. */
export const createTestParts = async (): Promise<TestParts> => {
  await using made = new AsyncDisposableStack();
  const database = made.use(await createTestDatabase());
  const { [Symbol.asyncDispose]: disposeBucket, ...objects } = await createTestBucket();
  made.defer(() => disposeBucket());
  const { path: masterKeyFile } = made.use(await createMasterKeyFile());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-host-"));
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const resources = made.move();
  return {
    store: { databaseUrl: database.url, objects, limits: usualLimits, masterKeyFile },
    keyFile: join(folder, "keys", "first-key"),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** The real host, on a free port, with its log kept in memory. */
export const startTestHost = async (
  parts: Pick<TestParts, "store" | "keyFile">,
  changes: Partial<HostConfig> = {},
  { patience = testPatience, times }: Pick<Partial<StartHostOptions>, "patience" | "times"> = {},
): Promise<TestHost> => {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const config: HostConfig = {
    ...parts,
    deployment: {
      defaultBase: { modelId: "tiny", revision: "main", dtype: "float32", quantization: "none" },
      allowedModels: ["other/allowed"],
    },
    gatewayToken: randomBytes(16).toString("hex"),
    hostname: "127.0.0.1",
    port: 0,
    allowedOrigins: ["*"],
    limits: unlimited,
    trustedProxies: new BlockList(),
    metricsToken: undefined,
    ...changes,
  };
  const host = await startHost({
    config,
    log: createLog("debug", destination),
    patience,
    ...(times && { times }),
  });
  return {
    ...host,
    config,
    logged: () => lines.join(""),
    readKey: async () => (await readFile(config.keyFile, "utf8")).trim(),
    client: (apiKey) => createApiClient({ url: host.url, apiKey }),
  };
};

export type RunningHost = AsyncDisposable & {
  parts: TestParts;
  host: TestHost;
  /** The host's own store once more, to look behind the API. */
  store: Store;
  serviceKey: string;
  api: ApiClient;
};

/** A connected host over parts of its own, and a client with the first key. */
export const startConnectedHost = async (changes: Partial<HostConfig> = {}): Promise<RunningHost> => {
  await using made = new AsyncDisposableStack();
  const parts = made.use(await createTestParts());
  const host = made.use(await startTestHost(parts, changes));
  await host.connected;
  const store = made.use(await openStore(parts.store, createLog("error")));
  const serviceKey = await host.readKey();
  const resources = made.move();
  return {
    parts,
    host,
    store,
    serviceKey,
    api: host.client(serviceKey),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};
