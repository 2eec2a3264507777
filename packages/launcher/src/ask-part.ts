/** A port may belong to somebody who takes connections and never answers. */
const answerTimeoutMs = 5_000;

/**
 * Asks a part once whether it can be used.
 *
 * @returns also `false` when nobody answers: the wait goes on, and its timeout names the part's log
 */
export const askPart = async (ask: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> => {
  try {
    return await ask(AbortSignal.timeout(answerTimeoutMs));
  } catch {
    return false;
  }
};
