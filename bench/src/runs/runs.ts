import { startHost } from "../services/start-host.ts";
import { startServices } from "../services/start-services.ts";
import type { SuiteOptions } from "../storage/storage.ts";
import { measureConsole } from "./console.ts";
import { measureDrain } from "./drain.ts";
import { measureEnqueue } from "./enqueue.ts";
import { measureEvents } from "./events.ts";
import { judgeBetweenCalibrations, type RunSuite } from "./judge-measures.ts";
import { openPeople } from "./people.ts";
import { queueBase } from "./setting.ts";
import type { RunSizes } from "./sizes.ts";

/** Measures the queue of runs from end to end: a host over HTTP, a database, a store, and workers without a model. */
export const runRuns = async (sizes: RunSizes, options: SuiteOptions): Promise<RunSuite> => {
  const { report, signal } = options;
  report("starting Postgres, SeaweedFS and a host");
  await using services = await startServices();
  await using host = await startHost(services, {
    base: { id: queueBase, path: services.folder },
    environment: { LORALOOM_ALLOWED_MODELS: "*" },
  });
  const setting = { services, host, sizes, signal };
  report("making people, their avatars and files");
  const people = await openPeople(host.connect(), sizes.people);
  const { measure, suite } = await judgeBetweenCalibrations(setting, report);
  const { started } = await measure("runs that are queued", () => measureEnqueue(setting, people));
  await measure("calls of consoles", () => measureConsole(setting, started));
  const measures = [
    () => measure("events and their watchers", () => measureEvents(setting)),
    () => measure("workers that train what waits", () => measureDrain(setting)),
  ];
  if (sizes.isJudged) for (const next of measures) await next();
  // Nobody is held to these figures.
  else await allEnded(measures.map((begin) => begin()));
  return suite();
};

/** What they work with is closed once they have all ended, also where one of them failed. */
const allEnded = async (measuring: Promise<unknown>[]): Promise<void> => {
  await Promise.allSettled(measuring);
  await Promise.all(measuring);
};
