import { isErrorCode, LoraloomError } from "@loraloom/errors";
import type { User } from "./user.ts";

export type PlainEvent = { seq: number; type: string; data: Record<string, unknown> };
type Place = {
  runId: string;
  /** 0: from the first one. */
  lastEventId: number;
  host: number;
};

/**
 * What `GET /v1/runs/{id}/events` sends over one connection, as it comes: nothing is left out that comes twice.
 *
 * @throws LoraloomError what it refuses, and `network` where the connection breaks
 */
export async function* readRunEvents(user: User, place: Place): AsyncGenerator<PlainEvent, void> {
  const ending = new AbortController();
  try {
    const answer = await open(user, place, AbortSignal.any([user.signal, ending.signal]));
    for await (const message of messagesIn(answer)) yield eventIn(message);
  } finally {
    ending.abort();
  }
}

const open = async (
  { hostUrls, key }: User,
  { runId, lastEventId, host }: Place,
  signal: AbortSignal,
): Promise<Response> => {
  const url = `${hostUrls[host % hostUrls.length]}/v1/runs/${runId}/events`;
  const headers = {
    authorization: `Bearer ${key}`,
    ...(lastEventId > 0 && { "last-event-id": String(lastEventId) }),
  };
  const answer = await unlessCut(fetch(url, { headers, signal }));
  if (!answer.ok) throw refusal(((await unlessCut(answer.json())) as { error: Told }).error);
  // Nobody asks who has seen the end.
  if (answer.status === 204)
    throw new Error(`It says that nothing follows event ${lastEventId} of ${runId}.`);
  return answer;
};

type Told = { code: string; message: string };

const refusal = ({ code, message }: Told): LoraloomError => {
  if (isErrorCode(code)) return new LoraloomError(code, message);
  throw new Error(`'${code}' is no code: ${message}`);
};

const unlessCut = async <Value>(work: Promise<Value>): Promise<Value> => {
  try {
    return await work;
  } catch (cause) {
    throw new LoraloomError("network", "The connection broke.", { cause });
  }
};

/** The messages of a stream, without its comments. */
async function* messagesIn({ body }: Response): AsyncGenerator<string, void> {
  const reader = (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await unlessCut(reader.read());
    if (done) return;
    const parts = `${rest}${value}`.split("\n\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => !part.startsWith(":"));
  }
}

const eventIn = (message: string): PlainEvent => {
  const fields = new Map(
    message.split("\n").map((line): [string, string] => {
      const [name = "", ...value] = line.split(": ");
      return [name, value.join(": ")];
    }),
  );
  const data = JSON.parse(fields.get("data") ?? "{}");
  if (fields.get("event") === "stream-error") throw refusal(data);
  return { seq: Number(fields.get("id")), type: fields.get("event") ?? "", data: data.data };
};
