import { type Demo, scope } from "./demo.ts";
import { showEvent } from "./show-event.ts";
import { watchUntilEnd } from "./watch-until-end.ts";

const options = {
  ...scope,
  evaluation: "files",
  publish: "current",
  /** A persona's voice is learnt from few, short chats: small steps at a high rate show it after two epochs. */
  hyperparameters: { epochs: 2, batchSize: 2, learningRate: 5e-4, seed: 7 },
} as const;

export type Trained = {
  runId: string;
  attempt: number;
  versionId: string;
  heldOutBefore: number;
  heldOutAfter: number;
  /** As the engine measured it, without the wait in the queue and the publishing. */
  trainSeconds: number;
  /** From its claim by the worker to its published version. */
  runSeconds: number;
  /** What the service said beforehand of `runSeconds`; null where it could not. */
  estimatedSeconds: number | null;
};

/**
 * Starts a run that publishes its adapter, and shows it live until it has ended; before that, what the service
 * expects of it.
 *
 * @throws Error when the run ends otherwise than completed; it is cancelled when the demo is interrupted
 */
export const train = async (demo: Demo): Promise<Trained> => {
  demo.screen.step("Train an adapter (LoRA) on the worker's warm base model and publish it");
  const estimatedSeconds = await showEstimate(demo);
  const { id: runId } = await demo.client.train.start.mutate({ ...options, name: "demo" });
  const completed = await watchUntilEnd(demo, { ...scope, runId }, (event) => showEvent(demo.screen, event));
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
    runSeconds: await secondsOfRun(demo, runId),
    estimatedSeconds,
  };
};

/** @returns seconds */
const showEstimate = async ({ client, screen, signal }: Demo): Promise<number | null> => {
  const { estimate } = await client.train.preview.query(options, { signal });
  if (!estimate || estimate.seconds === null) return null;
  const { epochs, steps, seconds } = estimate;
  screen.line(`   expected: ${epochs} epochs, ${steps} steps, about ${Math.ceil(seconds)} s`);
  return seconds;
};

const secondsOfRun = async ({ client, signal }: Demo, runId: string): Promise<number> => {
  const { startedAt, finishedAt } = await client.train.get.query({ ...scope, runId }, { signal });
  return (Number(finishedAt) - Number(startedAt)) / 1000;
};
