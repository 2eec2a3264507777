import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { FlagChange } from "../files/index.ts";
import type { FlaggedFolder } from "../keys/index.ts";
import type { StoreConfig } from "../store.ts";

export type FlipPlan = { config: StoreConfig; folder: FlaggedFolder; calls: FlagChange[][] };

const program = join(import.meta.dirname, "flip-flags.ts");

/** Sets flags in a process of its own. `flipped`: after the last call; `ended`: when it has nothing more to do. */
export const flipInProcess = (plan: FlipPlan): { flipped: Promise<unknown>; ended: Promise<unknown> } => {
  const child = fork(program, { execArgv: [] });
  const ended = once(child, "exit").then(([code]) => {
    if (code !== 0) throw new Error(`A process that sets flags ended with ${code}.`);
  });
  child.send(plan);
  return { flipped: Promise.race([once(child, "message"), ended]), ended };
};
