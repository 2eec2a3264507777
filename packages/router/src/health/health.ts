import { z } from "zod";
import { callerProcedure } from "../procedure.ts";
import { checkHealth } from "./check-health.ts";

const partSchema = z.object({
  ok: z.boolean(),
  /** Of one question and its answer; null where none came. */
  latencyMs: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).optional(),
});

/** Whether the parts answer, and which workers live. */
export const health = callerProcedure("read")
  .input(z.strictObject({}).optional())
  .output(
    z.object({
      /** `degraded`: a part doesn't answer or no worker is ready. */
      status: z.enum(["ok", "degraded"]),
      database: partSchema,
      storage: partSchema,
      workers: z.array(
        z.object({
          id: z.string(),
          engineKey: z.string(),
          state: z.enum(["starting", "ready", "draining"]),
          roles: z.array(z.enum(["train", "serve"])),
          device: z.string().nullable(),
          slots: z.int(),
          heartbeatAt: z.date(),
          tokensPerSecond: z.number().nullable(),
        }),
      ),
      baseModel: z.string(),
    }),
  )
  .query(({ ctx }) => checkHealth(ctx));
