import type { Claimable } from "@loraloom/store/workers";

export type BaseRules = {
  /** Whoever has waited longer than this has runs of another base interrupted. */
  waitSeconds: number;
  /** A base is held at least so long before work on it is interrupted. */
  staySeconds: number;
};
export type Holding = {
  /** The engine key of the base that is held. */
  held: string;
  heldSeconds: number;
  /** Whether nothing is trained, asked or about to be asked of it. */
  isIdle: boolean;
  /** The engine keys that this worker can hold. */
  usable: string[];
};

/**
 * The base that a worker changes to, or `undefined` where it stays. Whoever has waited longest comes first.
 *
 * - An idle worker changes at once; while another one holds the base, only for whoever that one leaves waiting.
 * - Nobody changes to a base that another worker is changing to.
 * - A busy worker changes for whoever has waited for longer than `waitSeconds` for a base that nobody holds,
 *   once it has held its own for `staySeconds`.
 */
export const chooseBase = (
  { held, heldSeconds, isIdle, usable }: Holding,
  { awaited, heldElsewhere, coming }: Claimable,
  { waitSeconds, staySeconds }: BaseRules,
): string | undefined => {
  const idle = isIdle && !awaited.some(({ engineKey }) => engineKey === held);
  const mayInterrupt = heldSeconds >= staySeconds;
  return awaited
    .filter(({ engineKey: key }) => key !== held && usable.includes(key) && !coming.has(key))
    .toSorted((one, other) => other.seconds - one.seconds)
    .find(({ engineKey, seconds }) => {
      const waitedLong = seconds > waitSeconds;
      if (heldElsewhere.has(engineKey)) return idle && waitedLong;
      return idle || (mayInterrupt && waitedLong);
    })?.engineKey;
};
