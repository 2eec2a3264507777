import { audit } from "./audit.ts";
import { drainWorker } from "./drain-worker.ts";
import { limits } from "./limits/index.ts";
import { probe } from "./probe.ts";
import { rebuild } from "./rebuild.ts";
import { sweep } from "./sweep.ts";

export const admin = { audit, drainWorker, limits, probe, rebuild, sweep };
