import { lookAtBeginning } from "./answer-beginning.ts";
import { addressOf, type Connection } from "./connection.ts";
import { clientError, isErrorFields, LoraloomClientError } from "./errors.ts";

/**
 * A connection's fetch that refuses what is no answer of Loraloom's: a web page, another server's error. What a proxy
 * says while the server is away counts as no answer.
 *
 * @throws `not_loraloom`, `network`, what the server refuses outside of its procedures, what the connection's fetch throws
 */
export const fetchOwnAnswers = (connection: Connection): typeof fetch => {
  // One answer shows who is there; looking at each would cost as much as reading it.
  let isKnown = false;
  return async (input, init) => {
    const response = await connection.fetch(input, init);
    const isJson = mediaTypeOf(response).includes("json");
    if (isJson && response.ok) {
      const beginning = isKnown ? "ours" : await lookAtBeginning(response);
      isKnown ||= beginning === "ours";
      // What is cut off is a lost connection for tRPC, and says nothing of who is there.
      if (beginning !== "foreign") return response;
    }
    const body = isJson && !response.ok ? await bodyOf(response.clone()) : null;
    if (isOfCalls(body)) return response;
    await response.body?.cancel();
    throw (
      toRefusal(body) ?? (isPassing(response) ? away(connection, response) : foreign(connection, response))
    );
  };
};

/** A body that is cut off says nothing of who sent it: for tRPC it is a lost connection. */
const cutOff = Symbol("cut off");

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return cutOff;
  }
};

/** The outcome of a call, or those of a batch, in the form that superjson writes. */
const isOfCalls = (body: unknown): boolean =>
  body === cutOff || [body].flat().every((outcome) => isObject(outcome) && isWritten(outcome));

const isWritten = ({ error, result }: Record<string, unknown>): boolean =>
  result !== undefined || (isObject(error) && "json" in error);

/** What the server refuses before it knows which call it is. */
const toRefusal = (body: unknown): LoraloomClientError | undefined =>
  isObject(body) && isErrorFields(body.error) ? new LoraloomClientError(body.error) : undefined;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Too busy, or nobody behind the proxy: it can be otherwise a moment later. */
const isPassing = ({ status }: Response): boolean => status === 429 || status >= 500;

const away = (connection: Connection, { status }: Response) =>
  clientError(
    "network",
    `The server at ${addressOf(connection)} was not reached: something before it answered with status ${status}.`,
  );

const foreign = ({ url }: Connection, response: Response) =>
  clientError("not_loraloom", `${url} is not answered by Loraloom, but by ${answerOf(response)}.`, {
    details: { url, status: response.status },
  });

const answerOf = (response: Response): string =>
  `status ${response.status} and ${mediaTypeOf(response) || "nothing"}`;

const mediaTypeOf = ({ headers }: Response): string =>
  (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
