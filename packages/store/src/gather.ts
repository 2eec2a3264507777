import { setImmediate as nextTurn } from "node:timers/promises";

/** Gives the answer of one call, at once or later, or throws its error. */
export type Answer<Result> = () => Result | Promise<Result>;
/** Makes a call, alone or with others. */
export type Gather<Call, Result> = (key: string, call: Call) => Promise<Result>;

type Waiting<Call, Result> = {
  call: Call;
  resolve: (result: Result | Promise<Result>) => void;
  reject: (error: unknown) => void;
};

/**
 * Gathers calls that come in one turn of the event loop, or while one of the same key is at work, and does them together
 * when it has ended: a thousand at once cost little more than one.
 *
 * @param work answers each call by its place; a failure of its own is that of every call
 */
export const createGather = <Call, Result>(
  work: (calls: Call[]) => Promise<Answer<Result>[]>,
): Gather<Call, Result> => {
  const waiting = new Map<string, Waiting<Call, Result>[]>();

  const workOff = async (key: string): Promise<void> => {
    // Calls of requests that are read from their connections in one turn come together from the first.
    await nextTurn();
    for (let calls = take(key); calls.length > 0; calls = take(key)) await answerAll(work, calls);
    waiting.delete(key);
  };
  const take = (key: string): Waiting<Call, Result>[] => {
    const calls = waiting.get(key) ?? [];
    waiting.set(key, []);
    return calls;
  };

  return (key, call) =>
    new Promise((resolve, reject) => {
      const others = waiting.get(key);
      waiting.set(key, [...(others ?? []), { call, resolve, reject }]);
      if (!others) void workOff(key);
    });
};

const answerAll = async <Call, Result>(
  work: (calls: Call[]) => Promise<Answer<Result>[]>,
  waiting: Waiting<Call, Result>[],
): Promise<void> => {
  try {
    const answers = await work(waiting.map(({ call }) => call));
    for (const [index, one] of waiting.entries()) settle(one, answers[index] ?? unanswered);
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
};

const unanswered = (): never => {
  throw new Error("A call was not answered.");
};

const settle = <Call, Result>({ resolve, reject }: Waiting<Call, Result>, answer: Answer<Result>): void => {
  try {
    resolve(answer());
  } catch (error) {
    reject(error);
  }
};
