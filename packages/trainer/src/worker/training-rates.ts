/** The rates of the runs that train now, in tokens a second. */
export type TrainingRates = {
  /** All of them together; null while none trains. */
  total(): number | null;
  /** Counts a run's newest rate while it is worked on. */
  during<T>(runId: string, work: (onRate: (tokensPerSecond: number) => void) => Promise<T>): Promise<T>;
};

export const createTrainingRates = (): TrainingRates => {
  const rates = new Map<string, number>();
  return {
    total: () => (rates.size === 0 ? null : Math.round(rates.values().reduce((sum, rate) => sum + rate, 0))),
    during: async (runId, work) => {
      try {
        return await work((tokensPerSecond) => rates.set(runId, tokensPerSecond));
      } finally {
        rates.delete(runId);
      }
    },
  };
};
