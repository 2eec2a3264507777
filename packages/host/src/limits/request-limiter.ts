import { errorEntry, isLoraloomError } from "@loraloom/errors";
import { type Caller, callerName } from "@loraloom/router";
import type { RequestLimits } from "../env.ts";
import { createCallLimit } from "./call-limit.ts";
import { createProvenCredentials } from "./proven-credentials.ts";

const callSeconds = 10;
const failureSeconds = 60;

export type CallerRequest = {
  address: string;
  /** The header of that name. */
  authorization: string;
  /** A batch has several. */
  calls: number;
  /** @throws LoraloomError why the key or token is refused, or can't be looked up now */
  resolveCaller: () => Promise<Caller>;
};

/** @throws LoraloomError `rate_limited`, `too_many_failures`, with what resets when in its details */
export type RequestLimiter = {
  admitAddress: (address: string, calls: number) => Promise<void>;
  admitCaller: (request: CallerRequest) => Promise<void>;
};

/** What one address and one caller may ask of this host process. */
export const createRequestLimiter = (limits: RequestLimits): RequestLimiter => {
  const counted = { code: "rate_limited", seconds: callSeconds } as const;
  const byAddress = createCallLimit({ ...counted, what: "calls of one address", most: limits.addressCalls });
  const byUser = createCallLimit({ ...counted, what: "calls of one user's key", most: limits.userCalls });
  const byService = createCallLimit({
    ...counted,
    what: "calls of one service key",
    most: limits.serviceCalls,
  });
  const failures = createCallLimit({
    code: "too_many_failures",
    what: "refused keys of one address",
    most: limits.addressFailures,
    seconds: failureSeconds,
  });
  const proven = createProvenCredentials();

  const identify = async ({ address, authorization, resolveCaller }: CallerRequest) => {
    try {
      const caller = await resolveCaller();
      proven.add(authorization);
      return caller;
    } catch (error) {
      // The call itself is answered with this error; one that is no refusal of a key counts for nothing.
      if (!isLoraloomError(error) || errorEntry(error.code).status !== 401) return undefined;
      proven.delete(authorization);
      await failures.take(address);
      return undefined;
    }
  };
  return {
    admitAddress: (address, calls) => byAddress.take(address, calls),
    admitCaller: async (request) => {
      if (!proven.has(request.authorization)) await failures.requireLeft(request.address);
      const caller = await identify(request);
      if (caller) await (caller.userId === null ? byService : byUser).take(callerName(caller), request.calls);
    },
  };
};
