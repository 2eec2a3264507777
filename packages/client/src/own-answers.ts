import { addressOf, type Connection } from "./connection.ts";
import { clientError } from "./errors.ts";

/**
 * A connection's fetch that refuses what is no answer of Loraloom's: a web page, another server's error. What a proxy
 * says while the server is away counts as no answer.
 *
 * @throws `not_loraloom`, `network`, what the connection's fetch throws
 */
export const fetchOwnAnswers =
  (connection: Connection): typeof fetch =>
  async (input, init) => {
    const response = await connection.fetch(input, init);
    if (await isOwn(response)) return response;
    await response.body?.cancel();
    throw isPassing(response) ? away(connection, response) : foreign(connection, response);
  };

const isOwn = async (response: Response): Promise<boolean> => {
  if (!mediaTypeOf(response).includes("json")) return false;
  return response.ok || hasOwnErrors(response.clone());
};

/** One outcome of a call, or those of a batch. A body that is cut off says nothing of who sent it. */
const hasOwnErrors = async (response: Response): Promise<boolean> => {
  const text = await response.text();
  try {
    return [JSON.parse(text)].flat().every(isOutcome);
  } catch {
    return true;
  }
};

const isOutcome = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("error" in value || "result" in value);

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
