import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { avatarId } from "../people.ts";

/** The API without a client, whose work would count as a wait for the host; connections are kept. */
export type Api = {
  query: (key: string, procedure: string, input: object) => Promise<unknown>;
  mutate: (key: string, procedure: string, input: object) => Promise<unknown>;
  /** `train.start`. @returns the run's id */
  start: (key: string, options: object) => Promise<string>;
  /** An event stream, over a connection of its own. */
  subscribe: (key: string, procedure: string, input: object) => Promise<IncomingMessage>;
};

/** Whose answers are read; an answer that is no success is thrown. */
export const openApi = (url: string): Api => {
  const agent = new Agent({ keepAlive: true });
  const place = (procedure: string, input: object) =>
    new URL(`/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify({ json: input }))}`, url);
  const mutate = async (key: string, procedure: string, input: object) => {
    const body = JSON.stringify({ json: input });
    return read(procedure, await send(new URL(`/trpc/${procedure}`, url), { key, agent, body }));
  };
  return {
    query: async (key, procedure, input) =>
      read(procedure, await send(place(procedure, input), { key, agent })),
    mutate,
    start: async (key, options) => (await mutate(key, "train.start", { avatarId, ...options })).id,
    subscribe: async (key, procedure, input) => {
      const answer = await send(place(procedure, input), { key, agent: false, accept: "text/event-stream" });
      if (answer.statusCode !== 200) throw refused(procedure, answer, await text(answer));
      return answer;
    },
  };
};

type Sent = { key: string; agent: Agent | false; body?: string; accept?: string };

const send = async (place: URL, sent: Sent): Promise<IncomingMessage> => {
  for (;;) {
    const answer = await sendOnce(place, sent);
    if (answer !== "closed") return answer;
  }
};

/** `closed`: the host closed the kept connection in the moment that it was taken; whoever keeps them sends again. */
const sendOnce = (place: URL, { key, agent, body, accept }: Sent): Promise<IncomingMessage | "closed"> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(accept && { accept }),
      ...(body && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    };
    const sent = request(place, { agent, method: body ? "POST" : "GET", headers }, resolve);
    sent.once("error", (error) => (sent.reusedSocket ? resolve("closed") : reject(error)));
    sent.end(body);
  });

const read = async (procedure: string, answer: IncomingMessage) => {
  const said = await text(answer);
  if (answer.statusCode !== 200) throw refused(procedure, answer, said);
  return JSON.parse(said).result.data.json;
};

const refused = (procedure: string, { statusCode }: IncomingMessage, said: string): Error =>
  new Error(`${procedure} was answered with ${statusCode}: ${said}`);
