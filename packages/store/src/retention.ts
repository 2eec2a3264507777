import { z } from "zod";

/** How long the operator keeps what nobody needs for work any more, in days. */
export type Retention = {
  auditDays: number;
  /** Of an ended run: an event for each step. Its other events, its metrics, and its log in the object store stay. */
  stepEventDays: number;
};

export const usualRetention: Retention = { auditDays: 400, stepEventDays: 90 };

/** A hundred years: further back there are days that Postgres doesn't count to. */
const mostDays = 36_500;

const days = () => z.coerce.number().int().min(1).max(mostDays);

export const retentionEnvShape = {
  LORALOOM_KEEP_AUDIT_DAYS: days()
    .default(usualRetention.auditDays)
    .describe("Days after which an entry of the audit log is removed"),
  LORALOOM_KEEP_STEP_DAYS: days()
    .default(usualRetention.stepEventDays)
    .describe(
      "Days after its end that a run keeps an event for each step; its log in the object store stays",
    ),
};

type RetentionEnv = z.infer<z.ZodObject<typeof retentionEnvShape>>;

/** The retention of a parsed environment. */
export const toRetention = (env: RetentionEnv): Retention => ({
  auditDays: env.LORALOOM_KEEP_AUDIT_DAYS,
  stepEventDays: env.LORALOOM_KEEP_STEP_DAYS,
});
