import { randomUUID } from "node:crypto";
import { maxHeaderSize, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import { refusalOf } from "./refusal.ts";

type ClientError = Error & { code?: string };

/** So long the rest of a refused request is read and thrown away: a connection cut at once loses the answer. */
const lingerMilliseconds = 5_000;

/** Answers what Node can't read as a request with a coded error too; by itself it sends a bare status. */
export const refuseUnread = (server: Server, log: Logger): void => {
  const answering = new WeakSet<Duplex>();
  server.on("request", ({ socket }, response) => {
    answering.add(socket);
    response.once("close", () => answering.delete(socket));
  });
  server.on("clientError", (error: ClientError, socket) => {
    // In the middle of another answer there is no place for this one.
    if (error.code === "ECONNRESET" || !socket.writable || answering.has(socket)) socket.destroy();
    else refuse(faultOf(error), socket, log);
  });
};

const faultOf = (cause: ClientError): LoraloomError => {
  switch (cause.code) {
    case "HPE_HEADER_OVERFLOW":
      return new LoraloomError(
        "headers_too_large",
        `The request's URL and headers are longer than ${maxHeaderSize / 1024} KiB together.`,
        { cause },
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new LoraloomError("request_cancelled", "The request did not arrive in time.", { cause });
    default:
      return new LoraloomError("bad_input", "What arrived is not an HTTP request.", { cause });
  }
};

const refuse = (error: LoraloomError, socket: Duplex, log: Logger): void => {
  const requestId = randomUUID();
  const { status, headers, body } = refusalOf(error, requestId);
  const lines = Object.entries({
    ...headers,
    connection: "close",
    "content-length": String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  log.info({ requestId, status, code: error.code }, "request not read");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}\r\n${lines.join("")}\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
};
