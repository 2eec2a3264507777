import { randomBytes } from "node:crypto";
import { LoraloomError } from "@loraloom/errors";
import { decrypt, encrypt, keyBytes } from "./cipher.ts";
import type { MasterKeys, WrappedKey } from "./master-keys.ts";

/** A secret as it is stored: under a data key of its own, and that key under a master key. */
export type SealedSecret = WrappedKey & { sealed: string };
/** Whose secret it is, and which. What was sealed for one opens for no other. */
export type SecretContext = { userId: string; name: string; id: string };

/**
 * Encrypts a text for the database.
 *
 * @throws LoraloomError `master_key_unusable`
 * @example const secret = await sealSecret(store.masterKeys, { userId, name: "webhook", id }, value);
 */
export const sealSecret = async (
  masterKeys: MasterKeys,
  context: SecretContext,
  value: string,
): Promise<SealedSecret> => {
  const key = randomBytes(keyBytes);
  try {
    const sealed = encrypt(Buffer.from(value), { key, context: contextText(context) });
    return { ...(await masterKeys.wrap(key)), sealed };
  } finally {
    key.fill(0);
  }
};

/**
 * The text that {@link sealSecret} was given for this context.
 *
 * @throws LoraloomError `master_key_unusable`; `secret_unreadable` where its master key is not here, and where it
 * was changed or sealed for another context
 */
export const openSecret = async (
  masterKeys: MasterKeys,
  context: SecretContext,
  { sealed, ...wrapped }: SealedSecret,
): Promise<string> => {
  const key = await masterKeys.unwrap(wrapped);
  try {
    return decrypt(sealed, { key, context: contextText(context) }).toString();
  } catch (cause) {
    throw unreadable(context, cause);
  } finally {
    key.fill(0);
  }
};

/**
 * The same secret under the current master key; the secret itself is not decrypted.
 *
 * @throws LoraloomError `master_key_unusable`, `secret_unreadable`
 */
export const rewrapSecret = async (
  masterKeys: MasterKeys,
  { sealed, ...wrapped }: SealedSecret,
): Promise<SealedSecret> => {
  const key = await masterKeys.unwrap(wrapped);
  try {
    return { ...(await masterKeys.wrap(key)), sealed };
  } finally {
    key.fill(0);
  }
};

/** Names the parts one by one: joined by a character that ids may hold, two contexts could be one text. */
const contextText = ({ userId, name, id }: SecretContext): string => JSON.stringify([userId, name, id]);

const unreadable = ({ name, id }: SecretContext, cause: unknown): LoraloomError =>
  new LoraloomError("secret_unreadable", `The secret '${name}' (${id}) was changed since it was stored.`, {
    cause,
  });
