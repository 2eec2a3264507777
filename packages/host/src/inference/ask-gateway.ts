import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type { Origin } from "@loraloom/store/tables";
import {
  type GatewayLine,
  type GatewayRequest,
  type GatewayRoute,
  gatewayMessages,
} from "@loraloom/store/workers";
import { readLines } from "./read-lines.ts";

/** What a worker is asked, and where. */
export type Question<Route extends GatewayRoute> = { route: Route; request: GatewayRequest<Route> };
type ErrorLine = Extract<GatewayLine<GatewayRoute>, { type: "error" }>;
/** A line that is no error. */
export type AnswerLine<Route extends GatewayRoute> = Exclude<GatewayLine<Route>, ErrorLine>;
export type AskOptions = { signal: AbortSignal; origin?: Origin | undefined };
export type Answer<Route extends GatewayRoute> = AsyncIterable<AnswerLine<Route>>;
export type Gateway = {
  workerId: string;
  url: string;
  token: string;
  /** Milliseconds until the first line. */
  firstLine: number;
  /** Milliseconds between two lines. */
  nextLine: number;
};

/**
 * Asks one worker and waits for the first line of its answer.
 *
 * @throws LoraloomError `worker_unreachable` for silence, and what the worker says; both also while the answer
 * is read
 */
export const askGateway = async <Route extends GatewayRoute>(
  gateway: Gateway,
  question: Question<Route>,
  { signal, origin }: AskOptions,
): Promise<Answer<Route>> => {
  const hangUp = new AbortController();
  const silence = startTimer(gateway.firstLine, hangUp);
  const lines = answerLines(gateway, question, { signal: AbortSignal.any([signal, hangUp.signal]), origin });
  try {
    const first = await lines.next();
    if (first.done) throw unreachable(gateway, new Error("The answer has no line."));
    silence.restart(gateway.nextLine);
    return restOf(lines, { first: first.value, gateway, silence });
  } catch (error) {
    silence.stop();
    hangUp.abort();
    throw isLoraloomError(error) ? error : unreachable(gateway, error);
  }
};

type Begun<Line> = { first: Line; gateway: Gateway; silence: Timer };

async function* restOf<Line extends { type: string }>(
  lines: AsyncGenerator<Line>,
  { first, gateway, silence }: Begun<Line>,
): AsyncGenerator<Line> {
  try {
    yield first;
    if (isLast(first)) return;
    for await (const line of lines) {
      silence.restart(gateway.nextLine);
      yield line;
      if (isLast(line)) return;
    }
    throw new Error("The answer ended without its last line.");
  } catch (error) {
    throw isLoraloomError(error) ? error : unreachable(gateway, error);
  } finally {
    silence.stop();
  }
}

const isLast = ({ type }: { type: string }): boolean => type === "done" || type === "result";

async function* answerLines<Route extends GatewayRoute>(
  gateway: Gateway,
  { route, request }: Question<Route>,
  { signal, origin }: AskOptions,
): AsyncGenerator<AnswerLine<Route>> {
  const { url, token } = gateway;
  const answer = await fetch(new URL(route, url), {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...originHeaders(origin),
    },
    body: JSON.stringify(request),
    redirect: "error",
    signal,
  });
  if (answer.status === 401) throw tokenRefused(gateway);
  if (!answer.body) throw new Error(`The answer has status ${answer.status} and no body.`);
  for await (const text of readLines(answer.body)) {
    const line: GatewayLine<GatewayRoute> = gatewayMessages[route].line.parse(JSON.parse(text));
    if (line.type === "error") throw errorOf(line);
    // Parsed by the route's own schema, which TypeScript can't follow through the table.
    yield line as AnswerLine<Route>;
  }
}

/** By these the worker's log lines and spans are found beside the host's. */
const originHeaders = ({ requestId, traceparent }: Partial<Origin> = {}): Record<string, string> => ({
  ...(requestId && { "x-request-id": requestId }),
  ...(traceparent && { traceparent }),
});

const errorOf = ({ error: { code, message, details } }: ErrorLine): LoraloomError =>
  new LoraloomError(code, message, details && { details });

/** Users read it: the worker's address is told to the log alone. */
const unreachable = ({ workerId, url }: Gateway, cause: unknown): LoraloomError =>
  new LoraloomError("worker_unreachable", `The worker '${workerId}' fell silent.`, {
    cause: new Error(`No answer of ${url}`, { cause }),
    details: { workerId },
  });

/** The caller's own key is another matter: this is between a host and its workers. */
const tokenRefused = ({ workerId, url }: Gateway): LoraloomError =>
  new LoraloomError(
    "worker_unreachable",
    `The worker '${workerId}' refuses this host: LORALOOM_GATEWAY_TOKEN differs.`,
    { cause: new Error(`Status 401 of ${url}`), details: { workerId } },
  );

type Timer = { restart: (milliseconds: number) => void; stop: () => void };

const startTimer = (milliseconds: number, hangUp: AbortController): Timer => {
  const fire = () => hangUp.abort(new Error("Nothing came in time."));
  let timer = setTimeout(fire, milliseconds);
  return {
    restart: (next) => {
      clearTimeout(timer);
      timer = setTimeout(fire, next);
    },
    stop: () => clearTimeout(timer),
  };
};
