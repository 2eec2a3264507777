import type { Logger, Store } from "@loraloom/store";
import type { AvatarScope } from "@loraloom/store/keys";
import type { Fence, Run, Wishes } from "@loraloom/store/runs";
import type { LoadedEngine } from "../engine/load-engine.ts";
import type { Place } from "./place.ts";
import type { RunPace } from "./run-pace.ts";
import type { StepMeter } from "./step-meter.ts";

/** When an engine writes a checkpoint: whichever comes first. */
export type CheckpointPace = { steps: number; seconds: number };

/** What every step of a run works with. */
export type RunContext = {
  store: Store;
  log: Logger;
  engine: Pick<LoadedEngine, "ask" | "open">;
  /** Makes so many bytes more free by unloading models that nobody asks; false where that would not do. */
  makeRoom: (bytes: number) => Promise<boolean>;
  run: Run;
  fence: Fence;
  scope: AvatarScope;
  /** Local files of this attempt; gone after it. */
  folder: string;
  /** Aborted with a `RunStopped` when the run has to be given up. */
  stop: AbortSignal;
  /** Aborted when the run is to end with what it has learnt, and a version is made of that. */
  finish: AbortSignal;
  /** Aborted when nothing more may be written, whatever the run was stopped for. */
  lost: AbortSignal;
  /** Before an object is put: what comes later than the lease is found by no sweep. @throws RunStopped */
  requireLease: () => void;
  /** Where it trains. */
  place: Pick<Place, "free" | "follow" | "crash">;
  /** Told after each step what the run's row asks of its worker. */
  heed: (wishes: Wishes) => void;
  checkpointPace: CheckpointPace;
  /** Told the rate of training, in tokens a second. */
  onRate: (tokensPerSecond: number) => void;
  /** Tells what its steps take of the engine's time, which is billed. */
  stepMeter: StepMeter;
  /** Learns what the run takes beside its training. */
  runPace: Pick<RunPace, "addAround" | "addRecording">;
};
