import { createHmac, randomBytes } from "node:crypto";

const prefix = "whsec_";
const secretBytes = 32;

/** A secret in the form of Standard Webhooks. */
export const newSigningSecret = (): string => `${prefix}${randomBytes(secretBytes).toString("base64")}`;

export type Signed = { id: string; seconds: number; body: string };

/**
 * The headers that a receiver checks a message by, as Standard Webhooks has them: the time is signed too, so that an
 * old message can't be sent again as a new one.
 */
export const signatureHeaders = (secret: string, { id, seconds, body }: Signed): Record<string, string> => {
  const key = Buffer.from(secret.slice(prefix.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
};
