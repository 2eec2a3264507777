import { createHash } from "node:crypto";
import type { Fault, Planned } from "./fault.ts";
import type { UserIntent } from "./intent.ts";
import { type FaultPace, planFaults } from "./plan-faults.ts";
import { type IntentPace, planIntents } from "./plan-intents.ts";

export const userCount = 6;

export type Pace = { faults: FaultPace; intents: IntentPace };
export type Schedule = {
  faults: Planned<Fault>[];
  /** Of each user. */
  intents: Planned<UserIntent>[][];
  /** Two schedules with the same one are the same. */
  digest: string;
};

/** What happens, and when: it follows from the seed and the pace alone. */
export const planSchedule = (seed: number, pace: Pace): Schedule => {
  const faults = planFaults(seed, pace.faults);
  const intents = Array.from({ length: userCount }, (_, user) => planIntents(seed, user, pace.intents));
  const text = JSON.stringify({ faults, intents });
  return { faults, intents, digest: createHash("sha256").update(text).digest("hex").slice(0, 12) };
};
