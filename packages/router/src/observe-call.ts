import { currentTraceparent, inSpan, markFailed } from "@loraloom/telemetry";
import { getTRPCErrorFromUnknown } from "@trpc/server";
import type { Context } from "./context.ts";
import { codedError } from "./errors/coded-error.ts";
import { t } from "./trpc.ts";

/** A call of a procedure, once it is answered or its stream begins. */
export type ObservedCall = {
  procedure: string;
  /** `ok`, or the code of the error that it was answered with. */
  code: string;
  seconds: number;
};

/** What every procedure begins with: the call is told of, as a span and as figures. */
export const observedProcedure = t.procedure.use(({ ctx, path, next }) =>
  inSpan(path, { attributes: { "loraloom.request_id": ctx.requestId } }, async (span) => {
    const begun = performance.now();
    const origin = { requestId: ctx.requestId, traceparent: currentTraceparent() };
    const result = await next({ ctx: { origin } });
    const failure = result.ok ? undefined : codedError(result.error);
    if (failure) markFailed(span, failure);
    const seconds = (performance.now() - begun) / 1000;
    ctx.onCall({ procedure: path, code: failure?.code ?? "ok", seconds });
    return result;
  }),
);

/** What comes before a procedure and is a part of its call: what refuses it there is told of too. */
export const observeRefusal = async <Result>(
  { onCall }: Context,
  procedure: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  const begun = performance.now();
  try {
    return await work();
  } catch (cause) {
    const { code } = codedError(getTRPCErrorFromUnknown(cause));
    onCall({ procedure, code, seconds: (performance.now() - begun) / 1000 });
    throw cause;
  }
};
