/** Old enough to spare the database what anybody may ask for, and young enough for who decides by it. */
export const usualAge = 1_000;

/**
 * Asks at most once in so many milliseconds, whoever wants to know: who comes meanwhile, or while it is being asked, gets
 * the same answer. A failure is kept for nobody who comes after it.
 */
export const atMostEach = <Answer>(
  milliseconds: number,
  ask: () => Promise<Answer>,
): (() => Promise<Answer>) => {
  let last: { answer: Promise<Answer>; until: number } | undefined;
  return () => {
    if (last && performance.now() < last.until) return last.answer;
    const asked = { answer: ask(), until: Number.POSITIVE_INFINITY };
    last = asked;
    asked.answer.then(
      () => {
        asked.until = performance.now() + milliseconds;
      },
      () => {
        asked.until = 0;
      },
    );
    return asked.answer;
  };
};
