import { LoraloomError } from "@loraloom/errors";
import type { TRPCError } from "@trpc/server";
import type { FailedCall } from "./coded-error.ts";

const shownCharacters = 200;

/** What the protocol itself refuses, by tRPC's code and in words for people; `undefined`: nothing of that. */
export const protocolError = (cause: TRPCError, { path = "" }: FailedCall): LoraloomError | undefined => {
  const name = `'${path.slice(0, shownCharacters)}'`;
  switch (cause.code) {
    case "NOT_FOUND":
      return new LoraloomError("procedure_not_found", `There is no procedure ${name}.`, { cause });
    case "METHOD_NOT_SUPPORTED":
      return new LoraloomError("method_not_supported", `${name} is a mutation: it is called with POST.`, {
        cause,
      });
    // The types of bodies are looked at before; this is left.
    case "UNSUPPORTED_MEDIA_TYPE":
      return new LoraloomError("bad_input", unstreamed, { cause });
    case "CLIENT_CLOSED_REQUEST":
      return new LoraloomError("request_cancelled", "The request was cancelled.", { cause });
    case "PARSE_ERROR":
    case "BAD_REQUEST":
      return new LoraloomError("bad_input", requestFault(cause), { cause });
    default:
      return undefined;
  }
};

const unstreamed =
  'The answer is a stream: add ?batch=1 to the URL, send the header \'trpc-accept: application/jsonl\' and, as the body, {"0": {"json": <input>}}.';

const requestFault = ({ message, cause }: TRPCError): string =>
  cause instanceof SyntaxError
    ? `The input is not JSON: ${cause.message}.`
    : `${message}.`.replace(/\.\.$/, ".");
