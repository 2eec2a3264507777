import type { OpenStep } from "@loraloom/store/runs";
import type { DeviceShare, DeviceTime } from "../engine/device-time.ts";

/**
 * Tells what each step of a run takes of the engine's time, by the engine's own clock. It is told of a step when the
 * engine's line is read and not when the step is recorded, so that the lines of all runs are counted in their order. Before a run's first step and after its last one it is off.
 */
export type StepMeter = {
  /** The engine trains on after this step. */
  start(step: number): void;
  done(progress: { step: number; tokensPerSecond: number }): void;
  /** What a step that is done took; asked once. */
  take(step: number): number;
  /**
   * The step that is not done; undefined while the engine doesn't train. Its seconds are a guess, which may be above
   * what the step turns out to have taken where the engine's word of its end is read late.
   */
  open(): OpenStep | undefined;
  stop(): void;
};

export const createStepMeter = (device: DeviceTime): StepMeter => {
  let training: { share: DeviceShare; step: number; since: number } | undefined;
  const taken = new Map<number, number>();
  const stop = (): void => {
    training?.share[Symbol.dispose]();
    training = undefined;
  };
  return {
    start: (step) => {
      stop();
      taken.clear();
      training = { share: device.join(), step, since: 0 };
    },
    done: ({ step, tokensPerSecond }) => {
      if (!training) return;
      const { share, since: before } = training;
      const since = share.seconds();
      share.setRate(tokensPerSecond);
      training = { share, step, since };
      taken.set(step, since - before);
    },
    take: (step) => {
      const seconds = taken.get(step) ?? 0;
      taken.delete(step);
      return seconds;
    },
    open: () => {
      if (!training) return undefined;
      const { share, step, since } = training;
      return { step, seconds: share.seconds() - since + share.unheardSeconds() };
    },
    stop,
  };
};
