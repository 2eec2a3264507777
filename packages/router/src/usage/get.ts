import type { Store } from "@loraloom/store";
import { type PeriodUsage, readAllUsage } from "@loraloom/store/usage";
import { z } from "zod";
import { userProcedure } from "../procedure.ts";
import { toApiCost } from "./to-api-cost.ts";
import { limitsSchema, periodSchema } from "./usage-schemas.ts";

const count = z.int().nonnegative();

/** What the user has used today and this month, has now, and may use. */
export const get = userProcedure("read", {})
  .output(
    z.object({
      day: periodSchema,
      month: periodSchema,
      /** Workers have them. */
      runningRuns: count,
      queuedRuns: count,
      /** Of all his files and backups, and of uploads on their way. */
      storageBytes: count,
      limits: limitsSchema,
    }),
  )
  .query(async ({ ctx: { store, userId } }) => {
    const { day, month, ...others } = await readAllUsage(store, userId);
    return { ...others, day: toApiPeriod(store, day), month: toApiPeriod(store, month) };
  });

const toApiPeriod = (store: Store, { cost, ...period }: PeriodUsage) => ({
  ...period,
  cost: toApiCost(store, cost),
});
