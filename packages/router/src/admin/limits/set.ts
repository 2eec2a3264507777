import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { writeAudit } from "@loraloom/store/access";
import { setLimits, type WantedLimits } from "@loraloom/store/usage";
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
    requirePrice(store, input.limits);
    const limits = await setLimits(store, userId, input.limits);
    await writeAudit(store, {
      ...doneBy(caller),
      ...(userId !== undefined && { userId }),
      action: "limits-set",
      subject: JSON.stringify(input.limits),
    });
    return { userId: userId ?? null, limits };
  });

/** Where nothing costs anything, a cap of money would never be reached, and nobody would be told. */
const requirePrice = ({ price }: Pick<Store, "price">, { costPerMonth }: WantedLimits): void => {
  if (price !== undefined || typeof costPerMonth !== "number") return;
  throw new LoraloomError(
    "bad_input",
    `limits.costPerMonth = ${costPerMonth}: runs cost nothing here; set LORALOOM_PRICE_PER_GPU_HOUR for hosts and workers first.`,
  );
};
