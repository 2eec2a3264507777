import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import { ulid } from "ulid";
import { startBeat } from "../beat.ts";
import { superviseEngine } from "../engine/supervise.ts";
import { gatewayApp } from "../gateway/app.ts";
import { listenGateway } from "../gateway/listen.ts";
import { createRunPace } from "../run/run-pace.ts";
import { createActivity } from "./activity.ts";
import { createAdmission } from "./admission.ts";
import { watchFreeMemory } from "./free-memory.ts";
import { holdBases } from "./hold-bases.ts";
import { type OnceOutcome, outcomeOf } from "./once-outcome.ts";
import { register } from "./register.ts";
import { createServings } from "./servings.ts";
import { startClaiming } from "./start-claiming.ts";
import { createTrainingRates } from "./training-rates.ts";
import { openWorkFolder } from "./work-folder.ts";
import type { Parts, Shared, WorkerConfig } from "./worker-parts.ts";

/** So long after an erasure a worker has nothing of it any more that nobody uses. */
const lookMilliseconds = 5_000;

/** Disposing of a worker drains it: its run is handed back from a checkpoint, open chats finish. */
export type Worker = AsyncDisposable & {
  id: string;
  url: string;
  /** Starts another engine from the code on the disk; the run that it interrupts goes on from its last step. */
  restartEngine(): void;
  /** What came of the one run that it takes; of a worker that goes on it never tells. */
  outcome: Promise<OnceOutcome>;
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
