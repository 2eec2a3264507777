import { recordSpan, untraced } from "@loraloom/telemetry";

/** Of one attempt: a run that saves itself for hours has no span for each file of each checkpoint. */
const mostTracedCheckpoints = 8;

/** The spans of a training that may have a million steps: bounded, and closest together where it begins. */
export type TrainingTrace = {
  /** The engine has begun. */
  begin: () => void;
  /** A step has been recorded. */
  step: (step: number) => void;
  checkpoint: (work: () => Promise<void>) => Promise<void>;
  /** No further step comes. */
  end: () => void;
};

/** The first step has a span of its own, the next two share one, then four, eight and so on: some twenty in all. */
export const traceTraining = (): TrainingTrace => {
  let checkpoints = 0;
  let batch: Batch | undefined;
  let startedAt = Date.now();
  let size = 1;
  const flush = (): void => {
    if (!batch) return;
    startedAt = tell(batch, startedAt);
    batch = undefined;
    size *= 2;
  };
  return {
    begin: () => {
      startedAt = Date.now();
    },
    step: (last) => {
      batch = { first: batch?.first ?? last, last, steps: (batch?.steps ?? 0) + 1 };
      if (batch.steps === size) flush();
    },
    checkpoint: (work) => {
      checkpoints += 1;
      return checkpoints > mostTracedCheckpoints ? untraced(work) : work();
    },
    end: flush,
  };
};

type Batch = { first: number; last: number; steps: number };

/** @returns when it ended: the next one begins there */
const tell = ({ first, last }: Batch, startedAt: number): number => {
  const endedAt = Date.now();
  const attributes = { "loraloom.first_step": first, "loraloom.last_step": last };
  recordSpan("engine steps", { startedAt, endedAt, attributes });
  return endedAt;
};
