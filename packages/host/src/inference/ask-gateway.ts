import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type { InferenceRequest } from "@loraloom/router";
import { gatewayMessages, type SampleLine } from "@loraloom/store/workers";
import { readLines } from "./read-lines.ts";

export type Answer = AsyncIterable<SampleLine>;
export type Gateway = {
  url: string;
  token: string;
  /** Milliseconds until the first line. */
  firstLine: number;
  /** Milliseconds between two lines. */
  nextLine: number;
};

const { line: lineSchema } = gatewayMessages["/sample"];

/**
 * Asks one worker and waits for the first line of its answer. An error as first line is thrown; one that
 * comes later is the answer's last line.
 *
 * @throws LoraloomError `worker_unreachable` for silence, also while the answer is read; what the worker says
 */
export const askGateway = async (
  gateway: Gateway,
  request: InferenceRequest,
  { signal }: { signal: AbortSignal },
): Promise<Answer> => {
  const hangUp = new AbortController();
  const silence = startTimer(gateway.firstLine, hangUp);
  const lines = answerLines(gateway, request, AbortSignal.any([signal, hangUp.signal]));
  try {
    const first = await lines.next();
    if (first.done) throw unreachable(gateway, new Error("The answer has no line."));
    if (first.value.type === "error") throw errorOf(first.value);
    silence.restart(gateway.nextLine);
    return restOf(lines, { first: first.value, gateway, silence });
  } catch (error) {
    silence.stop();
    hangUp.abort();
    throw isLoraloomError(error) ? error : unreachable(gateway, error);
  }
};

const errorOf = ({ error: { code, message, details } }: Extract<SampleLine, { type: "error" }>) =>
  new LoraloomError(code, message, details && { details });

type Begun = { first: SampleLine; gateway: Gateway; silence: Timer };

async function* restOf(
  lines: AsyncGenerator<SampleLine>,
  { first, gateway, silence }: Begun,
): AsyncGenerator<SampleLine> {
  try {
    yield first;
    for await (const line of lines) {
      silence.restart(gateway.nextLine);
      yield line;
      if (line.type !== "token") return;
    }
    throw new Error("The answer ended without its last line.");
  } catch (error) {
    throw isLoraloomError(error) ? error : unreachable(gateway, error);
  } finally {
    silence.stop();
  }
}

async function* answerLines(
  { url, token }: Gateway,
  { engineKey: _, ...request }: InferenceRequest,
  signal: AbortSignal,
): AsyncGenerator<SampleLine> {
  const answer = await fetch(new URL("/sample", url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(request),
    redirect: "error",
    signal,
  });
  if (answer.status === 401) throw tokenRefused(url);
  if (!answer.body) throw new Error(`The answer has status ${answer.status} and no body.`);
  for await (const line of readLines(answer.body)) yield lineSchema.parse(JSON.parse(line));
}

const unreachable = ({ url }: Gateway, cause: unknown): LoraloomError =>
  new LoraloomError("worker_unreachable", `The worker at ${url} fell silent.`, { cause });

/** The caller's own key is another matter: this is between a host and its workers. */
const tokenRefused = (url: string): LoraloomError =>
  new LoraloomError(
    "worker_unreachable",
    `The worker at ${url} refuses this host: LORALOOM_GATEWAY_TOKEN differs.`,
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
