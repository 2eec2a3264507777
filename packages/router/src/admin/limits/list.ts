import { listLimits, readDefaults } from "@loraloom/store/usage";
import { z } from "zod";
import { serviceProcedure } from "../../procedure.ts";
import { nextCursor, pageShape } from "../../schemas/page.ts";
import { limitsSchema } from "../../usage/usage-schemas.ts";

/** Everybody's limits, and the users who have some of their own, in the order of their ids. */
export const list = serviceProcedure(pageShape)
  .output(
    z.object({
      everybody: limitsSchema,
      /** Only what was set for them. */
      users: z.array(z.object({ userId: z.string(), limits: limitsSchema.partial(), updatedAt: z.date() })),
      nextCursor,
    }),
  )
  .query(async ({ ctx: { store }, input }) => {
    const page = await listLimits(store, input);
    const users = page.users.map(({ changes: limits, ...user }) => ({ ...user, limits }));
    return { everybody: await readDefaults(store.db), users, nextCursor: page.nextCursor };
  });
