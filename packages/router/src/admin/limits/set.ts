import { writeAudit } from "@loraloom/store/access";
import { setLimits } from "@loraloom/store/usage";
import { doneBy } from "../../access/audit.ts";
import { serviceMutation } from "../../procedure.ts";
import { checkWhose, wantedLimitsSchema, whoseShape } from "./limit-inputs.ts";
import { limitsAnswer } from "./limits-answer.ts";

/** Sets limits of a user, or of everybody who has none of his own. Runs that wait for them are looked at again. */
export const set = serviceMutation({ ...whoseShape, limits: wantedLimitsSchema })
  .meta({ again: true })
  .output(limitsAnswer)
  .mutation(async ({ ctx: { store, caller }, input }) => {
    const userId = checkWhose(input);
    const limits = await setLimits(store, userId, input.limits);
    await writeAudit(store, {
      ...doneBy(caller),
      ...(userId !== undefined && { userId }),
      action: "limits-set",
      subject: JSON.stringify(input.limits),
    });
    return { userId: userId ?? null, limits };
  });
