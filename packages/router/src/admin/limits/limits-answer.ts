import { z } from "zod";
import { limitsSchema } from "../../usage/usage-schemas.ts";

/** What holds for a user, or with null for everybody who has none of his own. */
export const limitsAnswer = z.object({ userId: z.string().nullable(), limits: limitsSchema });
