import type { EngineClock } from "./engine-clock.ts";

/** Tells runs that share an engine how much of its device's time was theirs. */
export type DeviceTime = {
  /** Takes part from the engine's newest line on, until it is disposed of. */
  join(): DeviceShare;
};
export type DeviceShare = Disposable & {
  /** In tokens a second, as the engine told it last. */
  setRate(tokensPerSecond: number): void;
  /** Up to the engine's newest line. All shares together are the time in which there was any. */
  seconds(): number;
  /** Beyond that up to now: a guess, for a line that was told in the meantime may not have been read. */
  unheardSeconds(): number;
};

type Member = { rate: number | undefined; seconds: number };

/**
 * Splits the time in which runs train among those that do: each second by the rates at which their tokens go through.
 * One whose rate nobody knows yet counts like the others on average. It is the engine's own time, in which a line
 * that is read late was told no later.
 */
export const createDeviceTime = (clock: Pick<EngineClock, "told" | "now">): DeviceTime => {
  const members = new Set<Member>();
  let countedTo = clock.told();
  const count = (): void => {
    const passed = clock.told() - countedTo;
    countedTo += passed;
    for (const [member, share] of sharesOf(members)) member.seconds += share * passed;
  };
  return {
    join: () => {
      count();
      const member: Member = { rate: undefined, seconds: 0 };
      members.add(member);
      return {
        setRate: (tokensPerSecond) => {
          count();
          member.rate = tokensPerSecond;
        },
        seconds: () => {
          count();
          return member.seconds;
        },
        unheardSeconds: () => (sharesOf(members).get(member) ?? 0) * (clock.now() - clock.told()),
        [Symbol.dispose]: () => {
          count();
          members.delete(member);
        },
      };
    },
  };
};

const sharesOf = (members: ReadonlySet<Member>): Map<Member, number> => {
  const known = [...members].flatMap(({ rate }) => (rate ? [rate] : []));
  const average = known.length > 0 ? sumOf(known) / known.length : 1;
  const weights = [...members].map((member) => [member, member.rate || average] as const);
  const total = sumOf(weights.map(([, weight]) => weight));
  return new Map(weights.map(([member, weight]) => [member, weight / total]));
};

const sumOf = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);
