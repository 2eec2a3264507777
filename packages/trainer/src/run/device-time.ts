/** Tells runs that share a device how much of its time was theirs. */
export type DeviceTime = {
  /** Takes part from now on until it is disposed of. */
  join(): DeviceShare;
};
export type DeviceShare = Disposable & {
  /** In tokens a second, as the engine told it last. */
  setRate(tokensPerSecond: number): void;
  /** So far. All shares together are the time in which there was any. */
  seconds(): number;
};

type Member = { rate: number | undefined; seconds: number };

/**
 * Splits the time in which runs train among those that do: each second by the rates at which their tokens go through.
 * One whose rate nobody knows yet counts like the others on average.
 */
export const createDeviceTime = (now = (): number => performance.now() / 1000): DeviceTime => {
  const members = new Set<Member>();
  let countedTo = now();
  const count = (): void => {
    const passed = now() - countedTo;
    countedTo += passed;
    const shares = sharesOf([...members]);
    for (const [member, share] of shares) member.seconds += share * passed;
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
        [Symbol.dispose]: () => {
          count();
          members.delete(member);
        },
      };
    },
  };
};

const sharesOf = (members: Member[]): [Member, number][] => {
  const known = members.flatMap(({ rate }) => (rate ? [rate] : []));
  const average = known.length > 0 ? sumOf(known) / known.length : 1;
  const weights = members.map(({ rate }) => rate || average);
  const total = sumOf(weights);
  return members.map((member, at) => [member, (weights[at] ?? 0) / total]);
};

const sumOf = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);
