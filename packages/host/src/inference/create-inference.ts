import { LoraloomError } from "@loraloom/errors";
import type { Inference } from "@loraloom/router";
import type { Store } from "@loraloom/store";
import type { GatewayRoute } from "@loraloom/store/workers";
import type { AnswerLine } from "./ask-gateway.ts";
import { type Asked, findAnswer, type Patience, type Search } from "./find-answer.ts";

export const usualPatience: Patience = { firstLine: 10_000, worker: 20_000, nextLine: 60_000 };

/** Reaches the engines through the gateways of live workers. */
export const createInference = (
  store: Store,
  { token, patience = usualPatience }: { token: string; patience?: Patience },
): Inference => {
  const search: Search = { store, token, patience };
  return {
    sample: ({ workerId, ...request }, options) => {
      const { engineKey } = request;
      return answerOf(search, { route: "/sample", role: "serve", engineKey, workerId, request }, options);
    },
    countTokens: (request, options) => {
      const { engineKey } = request;
      return resultOf(
        answerOf(search, { route: "/count-tokens", role: "train", engineKey, request }, options),
      );
    },
    estimate: (request, options) => {
      const { engineKey } = request;
      return resultOf(answerOf(search, { route: "/estimate", role: "train", engineKey, request }, options));
    },
  };
};

async function* answerOf<Route extends GatewayRoute>(
  search: Search,
  asked: Asked<Route>,
  { signal, origin }: Parameters<Inference["sample"]>[1],
): AsyncGenerator<AnswerLine<Route>> {
  try {
    yield* await findAnswer(search, asked, { signal, origin });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new LoraloomError("request_cancelled", "The caller hung up.", { cause: error });
  }
}

/** The last line of an answer that tells one thing; the lines before it say that it is on its way. */
const resultOf = async <Line extends { type: string }>(
  answer: AsyncIterable<Line>,
): Promise<Extract<Line, { type: "result" }>> => {
  for await (const line of answer) if (isResult(line)) return line;
  throw new LoraloomError("worker_unreachable", "The worker's answer ended without a result.");
};

const isResult = <Line extends { type: string }>(line: Line): line is Extract<Line, { type: "result" }> =>
  line.type === "result";
