/** The host process: `node src/main.ts`, configured by the environment (`env.ts`). */
import { isLoraloomError } from "@loraloom/errors";
import { startTracing } from "@loraloom/telemetry";
import type { Logger } from "pino";
import { readHostEnv } from "./env.ts";
import { createLog } from "./log.ts";
import { startHost } from "./start-host.ts";

const main = async (): Promise<void> => {
  const { config, logLevel } = readHostEnv(process.env);
  const log = createLog(logLevel);
  const stopped = stopSignal(log);
  await using _tracing = await startTracing("loraloom-host", {
    environment: process.env,
    warn: (message) => log.warn(`spans: ${message}`),
  });
  await using host = await startHost({ config, log });
  await Promise.race([stopped, host.connected.then(() => stopped)]);
  log.info("the host ends");
};

/** Resolves when the process is told to end. */
const stopSignal = (log: Logger): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        log.info({ signal }, "the host was told to end");
        resolve();
      });
    }
  });

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const log = createLog("info");
    if (isLoraloomError(error))
      log.fatal({ code: error.code, remedy: error.remedy, err: error.cause }, error.message);
    else log.fatal({ err: error }, "the host failed");
    process.exit(1);
  },
);
