import { checkUserId } from "@loraloom/store/keys";
import type { WantedLimits } from "@loraloom/store/usage";
import { z } from "zod";

const wanted = (number: z.ZodNumber) => z.union([number, z.null(), z.literal("default")]).optional();
const count = wanted(z.int().nonnegative());
const amount = wanted(z.number().nonnegative().max(1e15));

/** null: no limit. `default`: as for everybody, and for everybody no limit. Left out: as it was. */
export const wantedLimitsSchema = z.strictObject({
  concurrentRuns: count,
  queuedRuns: count,
  tokensPerDay: count,
  tokensPerMonth: count,
  gpuSecondsPerDay: amount,
  gpuSecondsPerMonth: amount,
  /** In the currency of the service's price. */
  costPerMonth: amount,
  storageBytes: count,
} satisfies Record<keyof WantedLimits, z.ZodType>);

/** Whose limits; left out: everybody's who has none of his own. */
export const whoseShape = { userId: z.string().optional() };

/** @throws LoraloomError `bad_user_id` */
export const checkWhose = ({ userId }: { userId?: string | undefined }): string | undefined =>
  userId === undefined ? undefined : checkUserId(userId);
