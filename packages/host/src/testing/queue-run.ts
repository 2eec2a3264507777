import { recordProgress } from "@loraloom/store/runs";
import { claimNextRun } from "@loraloom/store/testing";
import type { RunningHost } from "./start-test-host.ts";
import { trainingRow, uploadFile } from "./upload-file.ts";

/** Queues a run of a new avatar through the API. */
export const queueRun = async ({ api }: Pick<RunningHost, "api">, avatarId: string) => {
  const scope = { userId: "ada", avatarId };
  await api.adapter.create.mutate(scope);
  await uploadFile(api, { ...scope, name: "chats.jsonl", body: trainingRow });
  const run = await api.train.start.mutate(scope);
  return { ...scope, runId: run.id };
};

/** Takes the next run as a worker does; each call of the answer reports one more step. */
export const claimNext = async ({ store }: RunningHost) => {
  const run = await claimNextRun(store);
  let step = 0;
  return async (): Promise<void> => {
    step += 1;
    await recordProgress(
      store,
      { runId: run.id, attempt: run.attempt },
      {
        step,
        steps: 100,
        epoch: 1,
        loss: 1,
        learningRate: 1e-4,
        tokens: step,
        tokensPerSecond: 1,
        etaSeconds: 1,
      },
    );
  };
};
