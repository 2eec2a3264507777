import { isLoraloomError } from "@loraloom/errors";
import { databaseFailure } from "@loraloom/store";
import { writeAudit } from "@loraloom/store/access";
import { runSweeps, sweepNames } from "@loraloom/store/sweeps";
import { z } from "zod";
import { doneBy } from "../access/audit.ts";
import { serviceMutation } from "../procedure.ts";

/** Removes now what the side jobs remove every minute, and answers when nothing more is due. */
export const sweep = serviceMutation({})
  .meta({ again: true })
  .output(
    z.object({
      sweeps: z.array(
        z.object({
          name: z.enum(sweepNames),
          removed: z.int().nonnegative(),
          /** Code of what kept it from its end; null: it came there. */
          error: z.string().nullable(),
        }),
      ),
    }),
  )
  .mutation(async ({ ctx }) => {
    await writeAudit(ctx.store, { ...doneBy(ctx.caller), action: "sweeps-run" });
    const reports = await runSweeps(ctx.store);
    return { sweeps: reports.map(({ name, removed, error }) => ({ name, removed, error: codeOf(error) })) };
  });

const codeOf = (error: unknown): string | null => {
  if (error === undefined) return null;
  const known = isLoraloomError(error) ? error : databaseFailure(error);
  return known?.code ?? "internal";
};
