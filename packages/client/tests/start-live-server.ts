import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTestStore, type TestStore } from "@loraloom/store/testing";
import { type Service, spawnService } from "./spawn-service.ts";

const hostMain = fileURLToPath(new URL("../../host/src/main.ts", import.meta.url));

/** For a test that plays a worker's gateway. */
export const gatewayToken = "a token of no worker";

export type LiveServer = AsyncDisposable & {
  url: string;
  apiKey: string;
  /** What the host writes the key to. */
  keyFile: string;
  store: TestStore;
  /** What a worker of this server needs in its environment, too. */
  shared: Record<string, string>;
  /** kill -9 of the host, and another one in its place. */
  replaceHost: () => Promise<void>;
};

export type LiveServerOptions = {
  /** Origins whose pages may call it. */
  origins?: string[];
  /** The base model that adapters are trained on. */
  baseModel?: string;
  /** Where clients reach the object store; its own address unless given. */
  publicStorage?: string;
};

/** The real host as a process, on a database and a bucket of its own; a test can play the worker. */
export const startLiveServer = async (options: LiveServerOptions = {}): Promise<LiveServer> => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-host-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const keyFile = join(folder, "key");
  const shared = {
    ...storeVariables(store.config),
    ...(options.baseModel && { LORALOOM_BASE_MODEL: options.baseModel }),
    LORALOOM_GATEWAY_TOKEN: gatewayToken,
  };
  const startHost = (port: string): Service =>
    spawnService(hostMain, {
      ...shared,
      LORALOOM_HOST: "127.0.0.1",
      LORALOOM_PORT: port,
      LORALOOM_KEY_FILE: keyFile,
      LORALOOM_MASTER_KEY_FILE: store.config.masterKeyFile ?? "",
      LORALOOM_ALLOWED_ORIGINS: (options.origins ?? []).join(","),
      ...(options.publicStorage && { S3_PUBLIC_ENDPOINT: options.publicStorage }),
    });
  let host = startHost("0");
  opened.defer(() => host[Symbol.asyncDispose]());
  const url = await readyUrl(host);
  const replaceHost = async () => {
    await host.kill();
    host = startHost(new URL(url).port);
    await readyUrl(host);
  };
  const apiKey = await readFile(keyFile, "utf8");
  const resources = opened.move();
  return {
    url,
    apiKey,
    keyFile,
    store,
    shared,
    replaceHost,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const storeVariables = ({ databaseUrl, objects }: TestStore["config"]): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  S3_ENDPOINT: objects.endpoint ?? "",
  S3_REGION: objects.region,
  S3_BUCKET: objects.bucket,
  S3_FORCE_PATH_STYLE: String(objects.forcePathStyle),
  S3_ACCESS_KEY_ID: objects.accessKeyId ?? "",
  S3_SECRET_ACCESS_KEY: objects.secretAccessKey ?? "",
});

/** Where it listens, as it says itself, once it is ready. */
const readyUrl = async (host: Service): Promise<string> => {
  while (host.isRunning()) {
    const [, url] = /"url":"([^"]+)"/.exec(host.printed()) ?? [];
    if (url && (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok) return url;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The host ended before it was ready:\n${host.printed()}`);
};
