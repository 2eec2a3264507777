/** What this worker's runs took beside their training, all in seconds. */
export type RunPace = {
  /** Of a whole run: reading and freezing its rows, publishing. */
  addAround(seconds: number): void;
  /** Of one step: writing down what the engine told, its checkpoints too. */
  addRecording(seconds: number): void;
  /** A run's seconds from its claim to its version; it trains on while its steps are recorded. */
  runSeconds(training: { seconds: number; steps: number }): number;
};

/** Few enough that a store that became slow is seen soon. */
const kept = 9;
/**
 * Of small runs with database and object store on the same machine, where `around` is a quarter of a second with
 * nothing else to do and a second with much: halfway, as a ratio. The first run tells better.
 */
const firstGuess = { around: 0.5, recording: 0.005 };

export const createRunPace = (): RunPace => {
  const around = createUsual(firstGuess.around);
  const recording = createUsual(firstGuess.recording);
  return {
    addAround: around.add,
    addRecording: recording.add,
    runSeconds: ({ seconds, steps }) => around.median() + Math.max(seconds, steps * recording.median()),
  };
};

/** The median of the newest figures: one run that had to wait is no measure. */
const createUsual = (guess: number) => {
  const newest: number[] = [];
  return {
    add: (figure: number): void => {
      newest.push(figure);
      if (newest.length > kept) newest.shift();
    },
    median: (): number => newest.toSorted((a, b) => a - b)[Math.floor(newest.length / 2)] ?? guess,
  };
};
