/** A process that sets flags, one call after the other; the test sends it what to do. Started by `flipInProcess`. */
import { once } from "node:events";
import { setFlags } from "../files/index.ts";
import { openStore } from "../open-store.ts";
import type { FlipPlan } from "./flip-process.ts";
import { createTestLogger } from "./open-test-store.ts";

const [plan] = (await once(process, "message")) as [FlipPlan];
await using store = await openStore(plan.config, createTestLogger().log);
for (const changes of plan.calls) await setFlags(store, plan.folder, changes);
process.send?.("flipped");
await store.background.settled();
process.disconnect();
