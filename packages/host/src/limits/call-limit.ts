import { type ErrorCode, LoraloomError } from "@loraloom/errors";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

export type CallLimitOptions = {
  code: ErrorCode;
  /** What is counted, in words for people. */
  what: string;
  /** 0: any number. */
  most: number;
  seconds: number;
};

/**
 * Counts for each name how much it takes in a stretch of time. Counts are this process's own: in a database each
 * request would be a write.
 */
export type CallLimit = {
  /** @throws LoraloomError of the limit's code, once the name has taken more */
  take: (name: string, count?: number) => Promise<void>;
  /** The same, with nothing taken: whether the name has taken all that it may. */
  requireLeft: (name: string) => Promise<void>;
};

export const createCallLimit = (options: CallLimitOptions): CallLimit => {
  const { most, seconds } = options;
  if (most === 0) return { take: async () => undefined, requireLeft: async () => undefined };
  const limiter = new RateLimiterMemory({ points: most, duration: seconds });
  return {
    take: async (name, count = 1) => {
      try {
        await limiter.consume(name, count);
      } catch (error) {
        throw error instanceof RateLimiterRes ? reached(options, error) : error;
      }
    },
    requireLeft: async (name) => {
      const taken = await limiter.get(name);
      if (taken && taken.consumedPoints >= most) throw reached(options, taken);
    },
  };
};

const reached = ({ code, what, most, seconds }: CallLimitOptions, { msBeforeNext }: RateLimiterRes) => {
  // A count ends by a timer, but is told to end by a clock that may have been set meanwhile.
  const milliseconds = Math.min(Math.max(0, msBeforeNext), seconds * 1_000);
  const retryAfterSeconds = Math.max(1, Math.ceil(milliseconds / 1_000));
  const resetsAt = new Date(Date.now() + milliseconds).toISOString();
  return new LoraloomError(
    code,
    `The limit is ${most} ${what} in ${seconds} seconds; it resets in ${retryAfterSeconds} s.`,
    { details: { limit: what, most, seconds, retryAfterSeconds, resetsAt } },
  );
};
