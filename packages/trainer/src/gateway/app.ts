import { errorEntry, LoraloomError } from "@loraloom/errors";
import { type Logger, withFields } from "@loraloom/store";
import { gatewayMessages } from "@loraloom/store/workers";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Registry } from "prom-client";
import { answerError, answerLines, logRefusal, toGatewayError } from "./answer-lines.ts";
import { checkToken } from "./check-token.ts";
import { countTokensLines } from "./count-tokens.ts";
import { estimateLines } from "./estimate.ts";
import { evaluateLines } from "./evaluate.ts";
import { observeAnswer, originOf } from "./observe-answer.ts";
import { sampleLines } from "./sample.ts";
import type { Serving } from "./serving.ts";

/** A long conversation is a few hundred KiB; rows to evaluate are more. */
const maxBodyBytes = 16 * 1024 * 1024;

export type GatewayOptions = {
  token: string;
  log: Logger;
  /**
   * @param engineKey the engine that is meant; left out: whichever is there
   * @throws LoraloomError `engine_crashed`, `model_not_loaded` while that can't be served
   */
  serving: (engineKey?: string) => Serving;
  /** Counts a call as one that goes on while its answer is read. */
  during: <Line>(lines: AsyncIterable<Line>) => AsyncIterable<Line>;
  health: () => object;
  /** Of this process, for Prometheus. */
  figures: Pick<Registry, "metrics" | "contentType">;
};

/** The routes of a worker's gateway; every one wants the token. */
export const gatewayApp = ({ token, log, serving, during, health, figures }: GatewayOptions): Hono => {
  const answer = ({ req }: Context, lines: AsyncIterable<object>): Response => {
    const origin = originOf(req.raw.headers);
    const ofRequest = withFields(log, { requestId: origin.requestId });
    const observed = observeAnswer(during(lines), { path: req.path, origin, log: ofRequest });
    return answerLines(observed, ofRequest);
  };
  const app = new Hono();
  app.use(async (context, next) => {
    checkToken(context.req.header("authorization"), token);
    await next();
  });
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: refuseBody }));
  app.get("/health", (context) => context.json(health()));
  app.get("/metrics", async (context) => {
    const text = await figures.metrics();
    return context.body(text, 200, { "content-type": figures.contentType });
  });
  app.post("/sample", async (context) => {
    const { engineKey, ...request } = gatewayMessages["/sample"].request.parse(await readBody(context));
    return answer(context, sampleLines(serving(engineKey), request, context.req.raw.signal));
  });
  app.post("/evaluate", async (context) => {
    const { engineKey, ...request } = gatewayMessages["/evaluate"].request.parse(await readBody(context));
    return answer(context, evaluateLines(serving(engineKey), request));
  });
  app.post("/count-tokens", async (context) => {
    const { engineKey, ...request } = gatewayMessages["/count-tokens"].request.parse(await readBody(context));
    return answer(context, countTokensLines(serving(engineKey), request, context.req.raw.signal));
  });
  app.post("/estimate", async (context) => {
    const { engineKey, ...request } = gatewayMessages["/estimate"].request.parse(await readBody(context));
    return answer(context, estimateLines(serving(engineKey), request));
  });
  app.notFound(({ req }) =>
    refuse(new LoraloomError("procedure_not_found", `The gateway has no ${req.method} ${req.path}.`)),
  );
  app.onError((error, { req }) => {
    const known = toGatewayError(error);
    logRefusal(withFields(log, { requestId: originOf(req.raw.headers).requestId }), known);
    return refuse(known);
  });
  return app;
};

const refuse = (error: LoraloomError): Response => answerError(error, errorEntry(error.code).status);

const refuseBody = (): Response =>
  refuse(new LoraloomError("payload_too_large", `The body is larger than ${maxBodyBytes} bytes.`));

const readBody = async (context: Context): Promise<unknown> => {
  try {
    return await context.req.json();
  } catch (error) {
    throw new LoraloomError("bad_input", "The body is no JSON.", { cause: error });
  }
};
