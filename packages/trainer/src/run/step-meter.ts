import type { OpenStep } from "@loraloom/store/runs";
import type { DeviceShare, DeviceTime } from "./device-time.ts";

/** Tells what each step of a run takes of the engine's time. Before its first step and after its last one it is off. */
export type StepMeter = {
  /** The engine trains on after this step. */
  start(step: number): void;
  /** A step is done. @returns its seconds */
  done(progress: { step: number; tokensPerSecond: number }): number;
  /** The step that is not done; undefined while the engine doesn't train. */
  open(): OpenStep | undefined;
  stop(): void;
};

export const createStepMeter = (device: DeviceTime): StepMeter => {
  let training: { share: DeviceShare; step: number; since: number } | undefined;
  const stop = (): void => {
    training?.share[Symbol.dispose]();
    training = undefined;
  };
  return {
    start: (step) => {
      stop();
      training = { share: device.join(), step, since: 0 };
    },
    done: ({ step, tokensPerSecond }) => {
      if (!training) return 0;
      const { share, since: before } = training;
      const since = share.seconds();
      share.setRate(tokensPerSecond);
      training = { share, step, since };
      return since - before;
    },
    open: () => training && { step: training.step, seconds: training.share.seconds() - training.since },
    stop,
  };
};
