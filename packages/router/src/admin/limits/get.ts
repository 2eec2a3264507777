import { readDefaults, readLimitsOf } from "@loraloom/store/usage";
import { serviceProcedure } from "../../procedure.ts";
import { checkWhose, whoseShape } from "./limit-inputs.ts";
import { limitsAnswer } from "./limits-answer.ts";

/** The limits that hold for a user, or for everybody who has none of his own. */
export const get = serviceProcedure(whoseShape)
  .output(limitsAnswer)
  .query(async ({ ctx: { store }, input }) => {
    const userId = checkWhose(input);
    const limits = userId === undefined ? readDefaults(store.db) : readLimitsOf(store.db, userId);
    return { userId: userId ?? null, limits: await limits };
  });
