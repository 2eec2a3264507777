import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** Of every key here. */
export const keyBytes = 32;

export type Encryption = { key: Uint8Array; context: string };

/** AES-256-GCM: nonce, tag and cipher text in one, as base64. It opens under the same context alone. */
export const encrypt = (plain: Uint8Array, { key, context }: Encryption): string => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64");
};

/** What {@link encrypt} was given. @throws Error for another key or context, and for a single bit changed */
export const decrypt = (sealed: string, { key, context }: Encryption): Buffer => {
  const bytes = Buffer.from(sealed, "base64");
  const [nonce, rest] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes)];
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(rest.subarray(0, tagBytes));
  return Buffer.concat([decipher.update(rest.subarray(tagBytes)), decipher.final()]);
};
