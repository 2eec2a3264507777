import { setTimeout as delay } from "node:timers/promises";
import type { Logger, Store } from "@loraloom/store";
import { type ClaimOptions, claimRun, type Run } from "@loraloom/store/runs";
import { recordSpan } from "@loraloom/telemetry";
import type { Place } from "../run/place.ts";
import { createPlaces, type Places } from "./places.ts";

/** The query is cheap, and nobody notices a wait of this length. */
const pollMilliseconds = 500;
/** After a failed query: the database may be starting. */
const failurePauseMilliseconds = 2_000;

export type Claiming<Engine> = {
  store: Store;
  log: Logger;
  /** The engine that takes the next run; undefined while none is ready. */
  engine: () => Engine | undefined;
  claim: (engine: Engine) => ClaimOptions;
  /** How many runs are trained at once. */
  slots: number;
  /** Aborted when the worker ends. */
  draining: AbortSignal;
  train: (run: Run, engine: Engine, place: Place) => Promise<void>;
};

type Ending = { closed: Promise<unknown> };

/** Takes waiting runs, as many at once as there are slots, until the worker ends and they have ended. */
export const claimRuns = async <Engine extends Ending>(claiming: Claiming<Engine>): Promise<undefined> => {
  const { draining, slots } = claiming;
  const places = createPlaces<Engine>(slots);
  while (!draining.aborted) {
    if (places.areTaken()) {
      await places.changed();
      continue;
    }
    const begun = await beginNext(claiming, places);
    if (begun === "failed") await pause(failurePauseMilliseconds, draining);
    else if (!begun) await pause(pollMilliseconds, draining);
  }
  await places.left();
  return undefined;
};

/** Takes one run and stays with it until its attempt is over; undefined where there was none for so long. */
export const claimOneRun = async <Engine extends Ending>(
  claiming: Claiming<Engine>,
  { waitSeconds }: { waitSeconds: number },
): Promise<Run | undefined> => {
  const { draining } = claiming;
  const places = createPlaces<Engine>(1);
  const deadline = performance.now() + waitSeconds * 1000;
  while (!draining.aborted && performance.now() < deadline) {
    const begun = await beginNext(claiming, places);
    if (begun && begun !== "failed") {
      await begun.ended;
      return begun.run;
    }
    await pause(begun === "failed" ? failurePauseMilliseconds : pollMilliseconds, draining);
  }
  return undefined;
};

/** `ended` stands in an object of its own: whoever takes many runs goes on meanwhile. */
const beginNext = async <Engine>(
  claiming: Claiming<Engine>,
  places: Places<Engine>,
): Promise<{ run: Run; ended: Promise<void> } | "failed" | undefined> => {
  // Before the claim: an engine that ends during it fails the run by a code, and the worker goes on.
  const engine = claiming.engine();
  const claimed = engine && (await claimNext(claiming, engine));
  if (!claimed || claimed === "failed") return claimed;
  const taking = { run: claimed, engine };
  return { run: claimed, ended: places.during(taking, (place) => claiming.train(claimed, engine, place)) };
};

const claimNext = async <Engine>(
  { store, log, claim }: Claiming<Engine>,
  engine: Engine,
): Promise<Run | "failed" | undefined> => {
  const startedAt = Date.now();
  try {
    const run = await claimRun(store, claim(engine));
    if (run) tellClaim(run, { log, startedAt });
    return run;
  } catch (error) {
    log.warn({ err: error }, "no run could be claimed");
    return "failed";
  }
};

const tellClaim = (
  { id: runId, attempt, origin }: Run,
  { log, startedAt }: { log: Logger; startedAt: number },
): void => {
  log.info({ requestId: origin?.requestId, runId, attempt }, "claimed a run");
  const attributes = { "loraloom.run_id": runId, "loraloom.attempt": attempt };
  recordSpan("run claim", { startedAt, attributes, traceparent: origin?.traceparent });
};

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
