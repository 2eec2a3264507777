import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import {
  createCountTokens,
  createOpenStreams,
  inspect,
  type Services,
  webhookPolicyOf,
} from "@loraloom/router";
import { type Logger, type OpenOptions, openStore, type Store } from "@loraloom/store";
import { respectTombstones } from "@loraloom/store/erase";
import { watchRunEvents } from "@loraloom/store/events";
import { applyCors, probe } from "@loraloom/store/objects";
import { checkMasterKeys } from "@loraloom/store/secrets";
import { startSideJobs } from "@loraloom/store/side-jobs";
import type { HostConfig } from "./env.ts";
import { provideFirstKey } from "./first-key.ts";
import type { StreamTimes } from "./http/stream-times.ts";
import { createInference } from "./inference/create-inference.ts";
import type { Patience } from "./inference/find-answer.ts";
import { createRates } from "./limits/rates.ts";
import { createVerifyToken } from "./sign-in/verify-token.ts";

const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 5_000;

export type Connection = AsyncDisposable & {
  /** @throws LoraloomError why the database or the object store does not answer yet */
  services: () => Services;
  /** Resolves once they do. Rejects for what waiting can't change. */
  connected: Promise<void>;
};
export type ConnectOptions = {
  config: HostConfig;
  patience: Patience;
  times: StreamTimes;
  log: Logger;
  onObjectRequest: NonNullable<OpenOptions["onObjectRequest"]>;
};

/** Connects to the database and the object store, however long they take to come. */
export const connectServices = (options: ConnectOptions): Connection => {
  const resources = new AsyncDisposableStack();
  const ending = new AbortController();
  let services: Services | undefined;
  let failure = new LoraloomError("database_unavailable", "The host is still connecting.");
  const onFailure = (error: LoraloomError) => {
    // Where the parts are is told to the log alone.
    failure = new LoraloomError(error.code, `The host is still connecting: ${error.remedy}`, {
      cause: error,
    });
  };
  const connect = async (): Promise<void> => {
    const opened = await openPatiently(options, { onFailure, signal: ending.signal });
    if (!opened) return;
    resources.use(opened);
    services = opened.services;
    options.log.info("connected to the database and the object store");
  };
  const connected = connect();
  // Whoever starts the host waits for it a little later; until then a failure is not unhandled.
  connected.catch(() => undefined);
  return {
    connected,
    services: () => {
      if (!services) throw failure;
      return services;
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await connected.catch(() => undefined);
      await resources.disposeAsync();
    },
  };
};

type Waiting = { onFailure: (error: LoraloomError) => void; signal: AbortSignal };
type Opened = AsyncDisposable & { services: Services };

const openPatiently = async (
  options: ConnectOptions,
  { onFailure, signal }: Waiting,
): Promise<Opened | undefined> => {
  for (let pause = firstPauseMilliseconds; !signal.aborted; pause = longer(pause)) {
    try {
      return await openServices(options);
    } catch (error) {
      if (!isLoraloomError(error) || !error.retryable) throw error;
      onFailure(error);
      const { code, message, remedy } = error;
      options.log.warn({ code, remedy, err: error }, `waiting: ${message}`);
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
};

const longer = (pause: number): number => Math.min(longestPauseMilliseconds, pause * 2);

const openServices = async (options: ConnectOptions): Promise<Opened> => {
  const { config, patience, log, onObjectRequest, times } = options;
  const { lookAgainMilliseconds } = times;
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openStore(config.store, log, { onObjectRequest }));
  await probe(store);
  await allowOrigins(store, config.allowedOrigins);
  await provideFirstKey(store, config.keyFile);
  await checkMasterKeys(store);
  await respectTombstones(store);
  const watcher = opened.use(await watchRunEvents(store));
  const inference = createInference(store, { token: config.gatewayToken, patience });
  const { deployment } = config;
  const tokenCounter = {
    count: createCountTokens(inference),
    defaultBase: deployment.defaultBase.modelId,
  };
  opened.use(
    await startSideJobs(store, { inspect, tokenCounter, webhookPolicy: webhookPolicyOf(deployment) }),
  );
  const resources = opened.move();
  return {
    services: {
      store,
      verifyToken: config.jwt && createVerifyToken(config.jwt, log),
      watcher,
      inference,
      deployment,
      rates: createRates(config.limits),
      streams: createOpenStreams({
        mostOfOne: config.limits.streams,
        ...(lookAgainMilliseconds && { lookAgainMilliseconds }),
      }),
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** Not every store lets its users set this, and only browsers need it. */
const allowOrigins = async (store: Store, origins: string[]): Promise<void> => {
  try {
    await applyCors(store.objects, origins);
  } catch (error) {
    if (!isLoraloomError(error)) throw error;
    store.log.warn({ err: error }, "the bucket's CORS rules were not set; browsers may be refused by it");
  }
};
