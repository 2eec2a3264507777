import { audit } from "./audit.ts";
import { drainWorker } from "./drain-worker.ts";
import { eraseUser } from "./erase-user.ts";
import { limits } from "./limits/index.ts";
import { probe } from "./probe.ts";
import { rebuild } from "./rebuild.ts";
import { rewrapSecrets } from "./rewrap-secrets.ts";
import { sweep } from "./sweep.ts";

export const admin = { audit, drainWorker, eraseUser, limits, probe, rebuild, rewrapSecrets, sweep };
