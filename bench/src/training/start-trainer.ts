import type { BaseModel } from "../services/base-model.ts";
import { type BenchHost, startHost } from "../services/start-host.ts";
import type { Services } from "../services/start-services.ts";
import { type BenchWorker, startWorker } from "../services/start-worker.ts";

/** A host and a worker that holds a base. */
export type Trainer = { host: BenchHost; worker: BenchWorker; base: BaseModel };

export const startTrainer = async (
  services: Services,
  base: BaseModel,
): Promise<Trainer & AsyncDisposable> => {
  await using opened = new AsyncDisposableStack();
  const host = opened.use(await startHost(services, { base }));
  const worker = opened.use(await startWorker(services, host));
  const resources = opened.move();
  return { host, worker, base, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
