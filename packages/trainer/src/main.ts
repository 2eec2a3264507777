/**
 * A worker: one engine, the runs that it claims, and the gateway that the hosts chat through. With `--once` it takes
 * one run and ends: with 0 when that has ended or is gone, 3 where there was none to take, 4 where it is back in the
 * queue, also because the worker was told to end.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { isLoraloomError } from "@loraloom/errors";
import { describeError } from "@loraloom/store";
import { checkPrice } from "@loraloom/store/usage";
import { createRegistry, startTracing } from "@loraloom/telemetry";
import { pino } from "pino";
import { readWorkerEnv } from "./env.ts";
import { tallyObjectRequests } from "./worker/object-tally.ts";
import { onceExitCodes } from "./worker/once-outcome.ts";
import { openStoreWithPatience } from "./worker/open-store-with-patience.ts";
import { startWorker } from "./worker/start-worker.ts";

const logOptions = { name: "worker", serializers: { err: describeError, error: describeError } };

const work = async (ending: AbortSignal): Promise<void> => {
  const { store: storeConfig, worker: config, logLevel } = readWorkerEnv(process.env, { takesOneRun });
  const log = pino({ ...logOptions, level: logLevel });
  const figures = createRegistry();
  const objectTally = tallyObjectRequests(figures);
  await using _tracing = await startTracing("loraloom-worker", {
    environment: process.env,
    warn: (message) => log.warn(`spans: ${message}`),
  });
  await using store = await openStoreWithPatience(storeConfig, {
    log,
    signal: ending,
    onObjectRequest: objectTally.note,
  });
  await checkPrice(store).catch((error: unknown) => {
    // It goes on for those who chat, and takes no run until the limits or its price are changed.
    if (takesOneRun || !isLoraloomError(error, "bad_configuration")) throw error;
    log.error({ err: error, code: error.code, remedy: error.remedy }, "this worker takes no run");
  });
  await using worker = await startWorker(config, { store, log, figures, objectTally });
  process.on("SIGUSR2", () => worker.restartEngine());
  const told = ending.aborted ? Promise.resolve() : once(ending, "abort").then(() => undefined);
  await Promise.race([told, worker.outcome]);
  if (ending.aborted) {
    log.info({ workerId: worker.id }, "ending: handing back the run and finishing open chats");
    await worker[Symbol.asyncDispose]();
  }
  if (!takesOneRun) return;
  const outcome = await worker.outcome;
  log.info({ workerId: worker.id, outcome }, "the one run is over");
  process.exitCode = onceExitCodes[outcome];
};

const { values } = parseArgs({ options: { once: { type: "boolean" } } });
const takesOneRun = values.once ?? false;

const ending = new AbortController();
// For good: a second signal, as a process group passes on, must not cut the handing back short.
process.on("SIGTERM", () => ending.abort());
process.on("SIGINT", () => ending.abort());
try {
  await work(ending.signal);
} catch (error) {
  // Told to end while it waited for the store.
  const gaveUpWaiting = error instanceof Error && error.name === "AbortError";
  if (gaveUpWaiting) {
    if (takesOneRun) process.exitCode = onceExitCodes.none;
  } else {
    const told = isLoraloomError(error) && { code: error.code, remedy: error.remedy };
    pino(logOptions).fatal({ err: error, ...told }, "the worker can't go on");
    process.exitCode = 1;
  }
}
