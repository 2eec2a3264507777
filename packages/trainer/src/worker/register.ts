import type { WorkerChange } from "@loraloom/store/workers";
import type { GatewayListener } from "../gateway/listen.ts";
import type { Shared } from "./worker-parts.ts";
import { keepWorkerRecord, type WorkerRecord } from "./worker-record.ts";

/** Tells the hosts of a worker, and how it is, as long as it lives. */
export const register = (shared: Shared, gateway: GatewayListener): Promise<WorkerRecord> => {
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
