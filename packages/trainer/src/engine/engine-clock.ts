/** The clock of one engine process, in seconds, as far as it is known here. */
export type EngineClock = {
  /** Takes a line's stamp. @throws Error for one that can't be true */
  tell(at: number): void;
  /** When the engine told its newest line. */
  told(): number;
  /** It is at least so late there: the newest line's time, and what has passed since that was read. */
  now(): number;
};

/**
 * Begins before its engine is started, whose lines move it on.
 *
 * What is billed are differences of the engine's stamps, so none of them may be worth more than it lasted: a stamp is
 * not before the one that came before it, and not after all the time that has passed here since the clock began. Both
 * are steady clocks of one machine, so that a stamp that is neither is damaged.
 *
 * @param seconds a steady clock of this process
 */
export const createEngineClock = (seconds = (): number => performance.now() / 1000): EngineClock => {
  const began = seconds();
  let newest = { at: 0, readAt: began };
  return {
    tell: (at) => {
      const readAt = seconds();
      const passed = readAt - began;
      if (at < newest.at) throw new Error(`A line is stamped ${at} s, and the one before it ${newest.at} s.`);
      if (at > passed)
        throw new Error(`A line is stamped ${at} s, ${passed} s after its engine was started.`);
      newest = { at, readAt };
    },
    told: () => newest.at,
    now: () => newest.at + seconds() - newest.readAt,
  };
};
