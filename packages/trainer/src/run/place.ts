import type { EngineCrash, Run } from "@loraloom/store/runs";

/** A run's place in an engine, which it shares with others or has for itself. */
export type Place = {
  /** Aborted when it has to leave, because a run comes that is to be alone. */
  leaving: AbortSignal;
  /** Resolves once it may train: those who are in the way of a run that is to be alone leave first. */
  free: Promise<unknown>;
  /** Takes over from the run's row whether it is still to be alone. */
  follow(run: Pick<Run, "crashedStep">): void;
  /** How the engine crashed while the run was there; undefined while it has not. */
  crash(): EngineCrash | undefined;
};
