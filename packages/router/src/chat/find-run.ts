import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import type { AvatarScope } from "@loraloom/store/keys";
import { getRun, type Run } from "@loraloom/store/runs";
import type { Answerer } from "./find-answerer.ts";

/**
 * A run that trains, and the worker that holds it.
 *
 * @throws LoraloomError `run_not_found`, `run_not_training`
 */
export const findRun = async (store: Store, avatar: AvatarScope, runId: string): Promise<Answerer> => {
  const run = await getRun(store, avatar, runId);
  if (run.status !== "training" || run.workerId === null) throw notTraining(run);
  const { engineKey, workerId, userId, avatarId } = run;
  return { target: { engineKey, workerId, adapter: { userId, avatarId, runId } }, version: null };
};

/** What the caller learns when the worker says that the run does not train there (any more). */
export const explainSilence = async (
  store: Store,
  avatar: AvatarScope,
  { runId, error }: { runId: string; error: unknown },
): Promise<unknown> => {
  if (!isLoraloomError(error, "run_not_training")) return error;
  const run = await getRun(store, avatar, runId);
  return run.status === "training" ? betweenWorkers(run, error) : notTraining(run);
};

const notTraining = (run: Run): LoraloomError => {
  const { id: runId, status } = run;
  const versionId = status === "completed" ? run.versionId : null;
  return new LoraloomError("run_not_training", `Run '${runId}' ${stateWords(run)}.`, {
    details: { runId, status, versionId },
  });
};

const stateWords = ({ status, versionId }: Run): string => {
  switch (status) {
    case "queued":
      return "waits in the queue";
    case "preparing":
    case "training":
      return "is being prepared";
    case "exporting":
      return "has taken its last step and is being published";
    case "completed":
      return `has ended; it gave version '${versionId}'`;
    case "failed":
      return "has failed";
    case "cancelled":
      return "was cancelled";
  }
};

const betweenWorkers = ({ id: runId }: Run, cause: LoraloomError): LoraloomError =>
  new LoraloomError("worker_unreachable", `Run '${runId}' is about to leave its worker, or to begin there.`, {
    details: { runId },
    cause,
  });
