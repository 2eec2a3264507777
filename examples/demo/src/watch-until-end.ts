import { type Client, isLoraloomError, type RunEvent } from "@loraloom/client";
import type { Demo, Scope } from "./demo.ts";

export type RunPlace = Scope & { runId: string };
export type Completed = Extract<RunEvent, { type: "run-completed" }>;

/**
 * Gives each event of a run to `show` until it has completed.
 *
 * @throws Error when it ends otherwise; it is cancelled when the demo is interrupted
 */
export const watchUntilEnd = async (
  { client, signal }: Demo,
  place: RunPlace,
  show: (event: RunEvent) => void,
): Promise<Completed> => {
  try {
    for await (const event of client.watchRun(place, { signal })) {
      show(event);
      if (event.type === "run-completed") return event;
    }
  } catch (error) {
    if (signal.aborted) await cancel(client, place);
    throw error;
  }
  throw new Error(`Run ${place.runId} did not complete; what happened stands above.`);
};

const cancel = async (client: Client, place: RunPlace): Promise<void> => {
  try {
    await client.train.cancel.mutate(place);
  } catch (error) {
    // The server may have been stopped by the same Ctrl-C; a later start then goes on with the run.
    if (!isLoraloomError(error, "network")) throw error;
  }
};
