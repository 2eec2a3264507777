import type { Logger } from "@loraloom/store";
import { createApp } from "./app.ts";
import { connectServices } from "./connect-services.ts";
import type { HostConfig } from "./env.ts";
import { listen } from "./http/listen.ts";
import { type StreamTimes, usualStreamTimes } from "./http/stream-times.ts";
import { usualPatience } from "./inference/create-inference.ts";
import type { Patience } from "./inference/find-answer.ts";
import { createHostMetrics } from "./metrics/create-metrics.ts";

export type Host = AsyncDisposable & {
  url: string;
  /** Resolves once the database and the object store answer; rejects for what waiting can't change. */
  connected: Promise<void>;
};
export type StartHostOptions = {
  config: HostConfig;
  log: Logger;
  /** For workers; the usual one left out. */
  patience?: Patience;
  /** Of event streams; the usual ones left out. */
  times?: StreamTimes;
};

/**
 * Listens at once and connects meanwhile: until the database and the object store answer, every call
 * fails with a retryable error and `/health/ready` with 503.
 *
 * @throws LoraloomError `bad_configuration` when the address can't be listened on
 */
export const startHost = async ({
  config,
  log,
  patience = usualPatience,
  times = usualStreamTimes,
}: StartHostOptions): Promise<Host> => {
  const ending = new AbortController();
  const metrics = createHostMetrics();
  const { onObjectRequest } = metrics;
  const connection = connectServices({ config, patience, times, log, onObjectRequest });
  const { services } = connection;
  const app = createApp({
    services,
    log,
    ending: ending.signal,
    metrics,
    metricsToken: config.metricsToken,
    allowedOrigins: config.allowedOrigins,
    limits: config.limits,
    trustedProxies: config.trustedProxies,
    times,
  });
  try {
    const listening = await listen(app.fetch, { ...config, log });
    log.info({ url: listening.url }, "the host listens");
    return {
      url: listening.url,
      connected: connection.connected,
      [Symbol.asyncDispose]: async () => {
        ending.abort();
        await listening.close(times.graceMilliseconds);
        await connection[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
};
