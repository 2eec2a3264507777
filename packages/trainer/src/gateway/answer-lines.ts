import { isLoraloomError, LoraloomError, toErrorShape } from "@loraloom/errors";
import { databaseFailure, type Logger } from "@loraloom/store";
import { z } from "zod";
import { logFault } from "../log-fault.ts";

const lineType = "application/x-ndjson; charset=utf-8";

/** A stream of lines; an error that comes in its middle is its last line. */
export const answerLines = (lines: AsyncIterable<object>, log: Logger): Response =>
  new Response(ReadableStream.from(encodeLines(lines, log)), { headers: { "content-type": lineType } });

/** An answer that is nothing but an error. */
export const answerError = (error: LoraloomError, status: number): Response =>
  new Response(`${JSON.stringify(errorLine(error))}\n`, { status, headers: { "content-type": lineType } });

async function* encodeLines(lines: AsyncIterable<object>, log: Logger): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const encode = (line: object): Uint8Array => encoder.encode(`${JSON.stringify(line)}\n`);
  try {
    for await (const line of lines) yield encode(line);
  } catch (error) {
    const known = toGatewayError(error);
    logRefusal(log, known);
    yield encode(errorLine(known));
  }
}

/** Logs a request that was answered with an error. */
export const logRefusal = (log: Logger, error: LoraloomError): void =>
  logFault(log, error, { level: "warn", message: "a request to the gateway failed" });

const errorLine = (error: LoraloomError) => ({ type: "error", error: toErrorShape(error) });

/** Whatever was thrown as an error of the one table. */
export const toGatewayError = (error: unknown): LoraloomError => {
  if (isLoraloomError(error)) return error;
  if (error instanceof z.ZodError) return badInput(error);
  return (
    databaseFailure(error) ??
    new LoraloomError("internal", "The worker met an error that it doesn't know.", { cause: error })
  );
};

const badInput = (error: z.ZodError): LoraloomError => {
  const issues = error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  return new LoraloomError("bad_input", `${issues.join("; ")}.`, { details: { issues }, cause: error });
};
