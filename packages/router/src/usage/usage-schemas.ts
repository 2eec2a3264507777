import type { Limits } from "@loraloom/store/usage";
import { z } from "zod";

const amount = z.number().nonnegative();
const cost = z.object({ amount: z.number(), currency: z.string().nullable() });

/** null where the service has no price. */
export const costSchema = cost.nullable();

/** `gpuSeconds`: of the engines' time; seconds in which runs share an engine are split among them. */
const spentShape = { tokens: z.number(), gpuSeconds: z.number(), cost: costSchema };

/** What a run was billed so far. */
export const runUsageSchema = z.object(spentShape);

/** Of a day or a month in UTC, which ends at `resetsAt`. */
export const periodSchema = z.object({ ...spentShape, resetsAt: z.date() });

const limit = amount.nullable();

/** null: no limit. */
export const limitsSchema = z.object({
  concurrentRuns: limit,
  queuedRuns: limit,
  tokensPerDay: limit,
  tokensPerMonth: limit,
  gpuSecondsPerDay: limit,
  gpuSecondsPerMonth: limit,
  costPerMonth: limit,
  storageBytes: limit,
} satisfies Record<keyof Limits, z.ZodType>);
