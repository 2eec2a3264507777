import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Target } from "./target.ts";

/** More of an answer is not read. */
const answerBytes = 1_024;

export type Message = { headers: Record<string, string>; body: string; deadlineMilliseconds: number };
export type Answer = { status: number; answer: string };

/**
 * Sends a message to exactly the given address. Redirects are not followed: a 3xx is an answer like any other. Each
 * message has a connection of its own, and of the answer only the beginning is read.
 *
 * @throws what the connection fails with, `TimeoutError` where no answer begins before the deadline
 */
export const post = async (
  target: Target,
  { headers, body, deadlineMilliseconds }: Message,
): Promise<Answer> => {
  const response = await send(target, {
    method: "POST",
    agent: false,
    lookup: lookUpAs(target.address),
    signal: AbortSignal.timeout(deadlineMilliseconds),
    headers: { ...headers, "content-length": Buffer.byteLength(body), connection: "close" },
    body,
  });
  return { status: response.statusCode ?? 0, answer: printable(await beginningOf(response)) };
};

type Sent = RequestOptions & { signal: AbortSignal; body: string };

const send = ({ url }: Target, { body, ...options }: Sent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { signal } = options;
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    request(url, options, resolve)
      .once("error", (error) => reject(signal.aborted ? signal.reason : error))
      // Without a listener Node tells of neither an answer nor an error where another protocol is changed to.
      .once("upgrade", (response) => resolve(response.destroy()))
      .end(body);
  });

/** A name may have another address by now; this is the one that was checked. */
const lookUpAs =
  (address: string): LookupFunction =>
  (_hostname, { all }, done) => {
    const family = isIP(address);
    if (all) done(null, [{ address, family }]);
    else done(null, address, family);
  };

/** The status stands already: an answer that breaks off, or comes too slowly, is read as far as it came. */
const beginningOf = async (response: IncomingMessage): Promise<Buffer> => {
  if (response.destroyed) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { promise: isEnough, resolve } = Promise.withResolvers<void>();
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= answerBytes) resolve();
  });
  response.once("close", resolve).once("error", () => resolve());
  await isEnough;
  response.destroy();
  return Buffer.concat(chunks).subarray(0, answerBytes);
};

/** Neither control characters nor halves of letters reach a terminal or the database. */
const printable = (bytes: Buffer): string =>
  bytes
    .toString("utf8")
    .replaceAll(/\p{C}|\uFFFD/gu, " ")
    .trim();
