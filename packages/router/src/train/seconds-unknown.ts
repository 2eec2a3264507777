import type { RunConfig } from "@loraloom/store/tables";
import type { RunEstimate } from "../inference.ts";

/** Why an estimate has no seconds, in a sentence for whoever waits for the run; null where it has. */
export const secondsUnknownOf = (
  { seconds, fits }: Pick<RunEstimate, "seconds" | "fits">,
  { method, dora = false, fullFineTuning = false }: Pick<RunConfig, "method" | "dora" | "fullFineTuning">,
): string | null => {
  if (seconds !== null) return null;
  if (!fits) return "The run does not fit into the memory that is free.";
  if (method === "grpo")
    return "It depends on how long the completions get, which is known once they are written.";
  const way = dora ? "With DoRA a run" : "Where all weights learn it";
  return dora || fullFineTuning
    ? `${way} trains in a process of its own, whose pace is measured only as it trains.`
    : "Models that nobody asks now make room for it first; its pace is measured only where that much is free.";
};
