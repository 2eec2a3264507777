import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import type { Logger, Store } from "@loraloom/store";
import type { Run } from "@loraloom/store/runs";
import type { WorkerChange } from "@loraloom/store/workers";
import type { Registry } from "prom-client";
import { ulid } from "ulid";
import { startBeat } from "../beat.ts";
import type { EngineOptions } from "../engine/load-engine.ts";
import { type EngineSupervisor, type SupervisedEngine, superviseEngine } from "../engine/supervise.ts";
import { gatewayApp } from "../gateway/app.ts";
import { type GatewayListener, listenGateway } from "../gateway/listen.ts";
import type { CheckpointPace } from "../run/context.ts";
import { createRunPace, type RunPace } from "../run/run-pace.ts";
import { runTraining } from "../run/run-training.ts";
import { type Activity, createActivity } from "./activity.ts";
import { type Admission, createAdmission } from "./admission.ts";
import type { BaseRules } from "./choose-base.ts";
import { type Claiming, claimOneRun, claimRuns } from "./claim-runs.ts";
import { watchFreeMemory } from "./free-memory.ts";
import { type BaseHolding, holdBases } from "./hold-bases.ts";
import type { ObjectTally } from "./object-tally.ts";
import { type OnceOutcome, outcomeOf } from "./once-outcome.ts";
import { createServings, type Servings } from "./servings.ts";
import { createTrainingRates, type TrainingRates } from "./training-rates.ts";
import { openWorkFolder } from "./work-folder.ts";
import { keepWorkerRecord } from "./worker-record.ts";

/** So long after an erasure a worker has nothing of it any more that nobody uses. */
const lookMilliseconds = 5_000;

export type WorkerConfig = {
  engine: EngineOptions;
  /** When it changes bases, where it has several. */
  baseRules: BaseRules;
  /** Holds one folder for each worker. */
  folder: string;
  gateway: { host: string; port: number; url?: string | undefined; token: string };
  leaseSeconds: number;
  checkpointPace: CheckpointPace;
  /** How many runs are trained at once. */
  slots: number;
  /** Takes one run only, for which it waits so long. */
  once?: { waitSeconds: number } | undefined;
};

/** Disposing of a worker drains it: its run is handed back from a checkpoint, open chats finish. */
export type Worker = AsyncDisposable & {
  id: string;
  url: string;
  /** Starts another engine from the code on the disk; the run that it interrupts goes on from its last step. */
  restartEngine(): void;
  /** What came of the one run that it takes; of a worker that goes on it never tells. */
  outcome: Promise<OnceOutcome>;
};

export type Parts = {
  store: Store;
  log: Logger;
  /** This process's own, which the gateway tells. */
  figures: Registry;
  /** Of the store's requests. */
  objectTally: Pick<ObjectTally, "told">;
};
/** What a worker's parts tell each other. */
type Shared = Parts & {
  config: WorkerConfig;
  id: string;
  folder: string;
  engine: EngineSupervisor;
  activity: Activity;
  admission: Admission;
  memory: ReturnType<typeof watchFreeMemory>;
  holding: BaseHolding;
  draining: AbortController;
  rates: TrainingRates;
  runPace: RunPace;
  servings: Servings;
};

/**
 * Starts the engine, then answers the gateway and claims runs until it is disposed of.
 *
 * @throws LoraloomError when the engine can't be started or the gateway's address can't be had
 */
export const startWorker = async (
  config: WorkerConfig,
  { store, log, figures, objectTally }: Parts,
): Promise<Worker> => {
  await using opened = new AsyncDisposableStack();
  const id = ulid();
  const folder = opened.use(await openWorkFolder(config.folder, { id, log })).path;
  const engine = opened.use(await superviseEngine(config.engine, log));
  const draining = new AbortController();
  const activity = createActivity();
  const admission = createAdmission(log);
  const memory = opened.use(
    watchFreeMemory({ engine: () => (engine.isReady() ? engine.current() : undefined), log }),
  );
  const runPace = createRunPace();
  const adaptersFolder = join(folder, "adapters");
  await mkdir(adaptersFolder);
  const following = { engine, options: config.engine, rules: config.baseRules, activity, admission };
  const shared = {
    config,
    store,
    log,
    figures,
    objectTally,
    id,
    folder,
    engine,
    activity,
    admission,
    memory,
    holding: holdBases({ store, log, draining: draining.signal, ...following }),
    draining,
    rates: createTrainingRates(),
    runPace,
    servings: createServings({
      store,
      log,
      folder,
      adaptersFolder,
      runPace,
      checkpointPace: config.checkpointPace,
    }),
  };
  opened.use(startBeat(shared.servings.dropGone, lookMilliseconds));
  const gateway = opened.use(await listenGateway(createGateway(shared), config.gateway));
  const record = opened.use(await register(shared, gateway));
  const claiming = startClaiming(shared);
  const outcome = config.once ? outcomeOf(shared, claiming) : new Promise<never>(() => {});
  const switching = shared.holding.follow({ workerId: id, tell: record.tell });
  opened.defer(async () => {
    draining.abort();
    await record.tell();
    await Promise.all([claiming, switching, gateway.finish()]);
  });
  log.info({ workerId: id, url: gateway.url, engineKey: shared.holding.held() }, "worker ready");
  const resources = opened.move();
  return {
    id,
    url: gateway.url,
    outcome,
    restartEngine: () => {
      log.info("starting another engine");
      engine.restart();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const createGateway = (shared: Shared) => {
  const { config, log, figures, engine, activity, admission, holding, draining, servings } = shared;
  return gatewayApp({
    token: config.gateway.token,
    log,
    figures,
    during: activity.duringCall,
    serving: (engineKey) => {
      if (draining.signal.aborted) throw takesNothing("is ending");
      if (!admission.isOpen()) throw takesNothing("is drained by an operator");
      holding.requireHeld(engineKey);
      return servings.of(engine.current());
    },
    health: () => ({ engineKey: holding.held(), ready: engine.isReady() && !draining.signal.aborted }),
  });
};

const takesNothing = (why: string): LoraloomError =>
  new LoraloomError("model_not_loaded", `This worker ${why} and takes no new chat.`);

const register = (shared: Shared, gateway: GatewayListener) => {
  const { config, id, engine, holding, draining, rates, admission, memory, objectTally } = shared;
  const stateNow = (): WorkerChange["state"] => {
    if (draining.signal.aborted || !admission.isOpen()) return "draining";
    if (holding.state() !== "ready") return holding.state();
    return engine.isReady() ? "ready" : "starting";
  };
  const { device_name: device } = engine.current().device;
  return keepWorkerRecord(shared, {
    id,
    url: gateway.url,
    engineKey: holding.held(),
    // Nobody should chat with a worker that is about to end.
    roles: config.once ? ["train"] : ["train", "serve"],
    slots: config.once ? 1 : config.slots,
    device,
    state: "ready",
    now: () => ({
      engineKey: holding.held(),
      nextEngineKey: holding.next(),
      bases: holding.bases(),
      state: stateNow(),
      freeMemoryBytes: memory.bytes(),
      tokensPerSecond: rates.total(),
      ...objectTally.told(),
    }),
    follow: admission.follow,
  });
};

const startClaiming = (shared: Shared): Promise<Run | undefined> => {
  const { config, store, log, id, folder, engine, activity, admission, draining, rates, runPace, servings } =
    shared;
  const { leaseSeconds, checkpointPace, slots } = config;
  const claiming: Claiming<SupervisedEngine> = {
    store,
    log,
    engine: () => (engine.isReady() && admission.isOpen() ? engine.current() : undefined),
    claim: ({ engineKey }) => ({ workerId: id, engineKey, leaseSeconds }),
    slots,
    draining: draining.signal,
    train: (run, current, place) =>
      rates.during(run.id, async (onRate) => {
        using _training = activity.beginRun();
        await runTraining(
          {
            store,
            log,
            engine: current,
            makeRoom: (bytes) => servings.makeRoom(current, bytes),
            folder,
            leaseSeconds,
            checkpointPace,
            draining: AbortSignal.any([draining.signal, current.leaving, admission.closing(), place.leaving]),
            place,
            onRate,
            runPace,
          },
          run,
        );
      }),
  };
  return config.once ? claimOneRun(claiming, config.once) : claimRuns(claiming);
};
