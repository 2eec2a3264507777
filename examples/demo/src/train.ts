import { type Client, isLoraloomError, type RunEvent } from "@loraloom/client";
import { type Demo, scope } from "./demo.ts";
import { showEvent } from "./show-event.ts";

/** A persona's voice is learnt from few, short chats: small steps at a high rate show it after two epochs. */
const hyperparameters = { epochs: 2, batchSize: 2, learningRate: 5e-4, seed: 7 };

export type Trained = {
  runId: string;
  attempt: number;
  versionId: string;
  heldOutBefore: number;
  heldOutAfter: number;
  /** As the engine measured it, without the wait in the queue and the publishing. */
  trainSeconds: number;
};

/**
 * Starts a run that publishes its adapter, and shows it live until it has ended.
 *
 * @throws Error when the run ends otherwise than completed; it is cancelled when the demo is interrupted
 */
export const train = async (demo: Demo): Promise<Trained> => {
  demo.screen.step("Train an adapter (LoRA) on the worker's warm base model and publish it");
  const { id: runId } = await demo.client.train.start.mutate({
    ...scope,
    name: "demo",
    evaluation: "files",
    publish: "current",
    hyperparameters,
  });
  const completed = await watchUntilEnd(demo, runId);
  const { metrics, versionId } = completed.data;
  if (metrics.heldOutBefore === null || metrics.heldOutAfter === null) {
    throw new Error(`Run ${runId} has no held-out loss; was ${scope.avatarId}'s evaluation file removed?`);
  }
  return {
    runId,
    attempt: completed.attempt,
    versionId,
    heldOutBefore: metrics.heldOutBefore,
    heldOutAfter: metrics.heldOutAfter,
    trainSeconds: metrics.seconds,
  };
};

type Completed = Extract<RunEvent, { type: "run-completed" }>;

const watchUntilEnd = async ({ client, screen, signal }: Demo, runId: string): Promise<Completed> => {
  try {
    for await (const event of client.watchRun({ ...scope, runId }, { signal })) {
      showEvent(screen, event);
      if (event.type === "run-completed") return event;
    }
  } catch (error) {
    if (signal.aborted) await cancel(client, runId);
    throw error;
  }
  throw new Error(`Run ${runId} did not complete; what happened stands above.`);
};

const cancel = async (client: Client, runId: string): Promise<void> => {
  try {
    await client.train.cancel.mutate({ ...scope, runId });
  } catch (error) {
    // The server may have been stopped by the same Ctrl-C; a later start then goes on with the run.
    if (!isLoraloomError(error, "network")) throw error;
  }
};
