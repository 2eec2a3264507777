import {
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
  request as startRequest,
} from "node:http";
import type { Fault } from "./fault-proxy.ts";

export type Exchange = {
  target: string;
  request: IncomingMessage;
  response: ServerResponse;
  /** Settles once the fault that was in force when the request came is no longer. */
  replaced: Promise<void>;
};
type Handler = (exchange: Exchange, fault?: Fault) => void;

const defaultDelayMs = 1_000;

const pass: Handler = (exchange) => {
  const upstream = forwardHead(exchange);
  upstream.on("response", (answer) => {
    exchange.response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(exchange.response);
  });
  exchange.request.pipe(upstream);
};

const unavailable: Handler = ({ request, response }) => {
  request.resume();
  request.on("end", () => response.writeHead(503).end());
};

const slow: Handler = (exchange, fault) => {
  const timer = setTimeout(() => pass(exchange), fault?.delayMs ?? defaultDelayMs);
  exchange.response.on("close", () => clearTimeout(timer));
};

const hold: Handler = async (exchange) => {
  await exchange.replaced;
  if (!exchange.response.destroyed) pass(exchange);
};

const cutBody: Handler = (exchange) => {
  const { request } = exchange;
  const upstream = forwardHead(exchange);
  let remaining = Math.floor(Number(request.headers["content-length"] ?? 0) / 2);
  request.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, remaining);
    remaining -= part.length;
    upstream.write(part, () => remaining === 0 && breakBoth(exchange, upstream));
  });
  request.on("end", () => breakBoth(exchange, upstream));
};

const loseAnswer: Handler = (exchange) => {
  const upstream = forwardHead(exchange);
  upstream.on("response", (answer) => {
    answer.resume();
    answer.on("end", () => breakBoth(exchange, upstream));
  });
  exchange.request.pipe(upstream);
};

export const handlers: Record<Fault["kind"] | "pass", Handler> = {
  pass,
  unavailable,
  slow,
  hold,
  "cut-body": cutBody,
  "lose-answer": loseAnswer,
};

const forwardHead = ({ target, request, response }: Exchange): ClientRequest => {
  const { method, url = "/", rawHeaders } = request;
  const upstream = startRequest(new URL(url, target), { method, headers: rawHeaders, setHost: false });
  upstream.on("error", () => response.destroy());
  response.on("close", () => upstream.destroy());
  return upstream;
};

const breakBoth = ({ request }: Exchange, upstream: ClientRequest): void => {
  upstream.destroy();
  request.socket.destroy();
};
