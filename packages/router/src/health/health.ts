import { z } from "zod";
import { callerProcedure } from "../procedure.ts";
import { checkHealth } from "./check-health.ts";

const errorSchema = z.object({ code: z.string(), message: z.string(), remedy: z.string() });

const partSchema = z.object({
  ok: z.boolean(),
  /** Of one question and its answer; null where none came. */
  latencyMs: z.number().nullable(),
  error: errorSchema.optional(),
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
          /** The base that it holds. */
          engineKey: z.string(),
          /** `draining`: takes nothing new; `switching`: loads the base `nextEngineKey`. */
          state: z.enum(["starting", "ready", "draining", "switching"]),
          nextEngineKey: z.string().nullable(),
          /** All bases that it can hold, one at a time; `refusal`: why one can't be loaded after all. */
          bases: z.array(z.object({ engineKey: z.string(), refusal: errorSchema.nullable() })),
          roles: z.array(z.enum(["train", "serve"])),
          device: z.string().nullable(),
          /** An operator wants it to take nothing new; it follows within seconds. */
          drainRequested: z.boolean(),
          slots: z.int(),
          /** Runs that it holds now. */
          slotsUsed: z.int(),
          /** Of its device, in bytes. */
          freeMemoryBytes: z.int().nullable(),
          heartbeatAt: z.date(),
          tokensPerSecond: z.number().nullable(),
        }),
      ),
      /** The bases that queued runs and chats wait for now, and how long the oldest of them has. */
      awaited: z.array(
        z.object({ engineKey: z.string(), runs: z.int(), calls: z.boolean(), seconds: z.number() }),
      ),
      /** What an adapter is made on where nothing else is asked for. */
      baseModel: z.string(),
      /** What may be asked for. */
      baseModels: z.array(z.string()),
    }),
  )
  .query(({ ctx }) => checkHealth(ctx));
