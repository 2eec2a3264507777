import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import type { BenchHost } from "../services/start-host.ts";

/**
 * Calls one mutation over a connection of its own, without a client.
 *
 * @throws Error where the answer is no success
 */
export const openBareCaller = ({ url, apiKey }: BenchHost, procedure: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const address = new URL(`/trpc/${procedure}`, url);
  return async (input: unknown): Promise<string> => {
    const body = JSON.stringify({ json: input });
    const headers = {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    return await new Promise((resolve, reject) => {
      const sent = request(address, { agent, method: "POST", headers }, (answer) => {
        text(answer).then((said) => {
          if (answer.statusCode === 200) resolve(said);
          else reject(new Error(`${procedure} was answered with ${answer.statusCode}: ${said}`));
        }, reject);
      });
      sent.once("error", reject);
      sent.end(body);
    });
  };
};
