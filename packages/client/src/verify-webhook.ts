import { clientError, type LoraloomClientError } from "./errors.ts";

/** What a webhook of Loraloom says. Times are ISO 8601 in UTC. */
export type WebhookMessage = {
  /** `run-completed` and the like; `webhook-test` tells of no run. */
  type: string;
  timestamp: string;
  data: {
    runId: string | null;
    userId: string;
    avatarId: string | null;
    name: string | null;
    /** The number of the run's event: a higher one happened later. */
    eventId: number | null;
    attempt: number | null;
    status: string | null;
    /** Of a completed run, or what was kept of a cancelled one. */
    versionId: string | null;
    error: { code: string } | null;
    createdAt: string | null;
    startedAt: string | null;
    finishedAt: string | null;
  };
};

export type ReceivedWebhook = {
  /** Of a `Request`, or of Node's `IncomingMessage`. */
  headers: Headers | Record<string, string | string[] | undefined>;
  /** As it came: what was parsed and written again is not what was signed. */
  body: string;
};

/** Older messages may have been caught and sent again by somebody else. */
const usualToleranceSeconds = 300;

/**
 * The message of a webhook, once its signature and its time are found to be right (Standard Webhooks, v1).
 * A message that could not be delivered comes again under the same `webhook-id`: remember those for a day.
 *
 * @param secret `whsec_…`, as `webhooks.create` showed it
 * @throws `webhook_unverified`
 * @example
 * const { type, data } = await verifyWebhook(secret, { headers: request.headers, body: await request.text() });
 */
export const verifyWebhook = async (
  secret: string,
  { headers, body }: ReceivedWebhook,
  { toleranceSeconds = usualToleranceSeconds }: { toleranceSeconds?: number } = {},
): Promise<WebhookMessage> => {
  const id = headerOf(headers, "webhook-id");
  const seconds = headerOf(headers, "webhook-timestamp");
  requireRecent(Number(seconds), toleranceSeconds);
  const key = await keyOf(secret);
  const signed = new TextEncoder().encode(`${id}.${seconds}.${body}`);
  for (const signature of signaturesIn(headerOf(headers, "webhook-signature"))) {
    if (await crypto.subtle.verify("HMAC", key, signature, signed)) return JSON.parse(body);
  }
  throw unverified("no signature is that of the secret");
};

const unverified = (fault: string): LoraloomClientError =>
  clientError("webhook_unverified", `The webhook is not to be trusted: ${fault}.`);

const headerOf = (headers: ReceivedWebhook["headers"], name: string): string => {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value === "string") return value;
  throw unverified(`the header '${name}' is missing`);
};

const requireRecent = (seconds: number, toleranceSeconds: number): void => {
  const age = Math.abs(Date.now() / 1_000 - seconds);
  if (!(age <= toleranceSeconds))
    throw unverified(`it was not signed within ${toleranceSeconds} seconds of now`);
};

const keyOf = (secret: string): Promise<CryptoKey> => {
  const bytes = bytesOf(secret.replace(/^whsec_/, ""));
  if (!bytes) throw unverified("the secret is not one that webhooks.create showed");
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
};

/** There may be several, such as while a secret is being changed. */
const signaturesIn = (header: string): Uint8Array<ArrayBuffer>[] =>
  header.split(" ").flatMap((part) => (part.startsWith("v1,") ? (bytesOf(part.slice(3)) ?? []) : []));

/** `undefined`: it is no Base64. */
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> | undefined => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
};
