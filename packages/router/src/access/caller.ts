import { LoraloomError } from "@loraloom/errors";
import { type FoundKey, findApiKey, hasKeyForm } from "@loraloom/store/access";
import type { KeyScope } from "@loraloom/store/tables";
import type { Services } from "../context.ts";
import type { VerifyToken } from "./verify-token.ts";

/** Who calls: a service key acts for any user, a user's key or token for that one. */
export type Caller = {
  /** null: a token of another sign-in was shown. */
  keyId: string | null;
  scopes: KeyScope[];
  /** null for a service key. */
  userId: string | null;
};

/** Names a caller where calls are counted. */
export const callerName = ({ keyId, userId }: Caller): string =>
  keyId === null ? `user ${userId}` : `key ${keyId}`;

/**
 * The caller that an `authorization` header names.
 *
 * @throws LoraloomError `missing_key`, `invalid_key`, `revoked_key`, `expired_key`, `rotated_key`,
 * `database_unavailable`, or for a token as the {@link VerifyToken} in use does
 */
export const resolveCaller = async (
  services: () => Services,
  authorization: string | undefined,
): Promise<Caller> => {
  const secret = secretOf(authorization);
  const { store, verifyToken } = services();
  if (hasTokenForm(secret)) return callerOfToken(verifyToken, secret);
  return callerOfKey(secret, await findApiKey(store, secret));
};

const callerOfKey = (secret: string, key: FoundKey | undefined): Caller => {
  if (!key) throw unknownKey(secret);
  if (key.revokedAt) {
    throw new LoraloomError(
      "revoked_key",
      `The API key '${key.name}' was revoked at ${key.revokedAt.toISOString()}.`,
    );
  }
  if (key.expired) {
    throw new LoraloomError(
      "expired_key",
      `The API key '${key.name}' expired at ${key.expiresAt?.toISOString()}.`,
    );
  }
  if (key.byPrevious && key.previousEnded) {
    throw new LoraloomError(
      "rotated_key",
      `The API key '${key.name}' was given another secret; this one ended at ${key.previousUntil?.toISOString()}.`,
    );
  }
  return { keyId: key.id, scopes: key.scopes, userId: key.userId };
};

/** Parts with dots between them, as no key of ours has; whether it is sound is for its verifier. */
const hasTokenForm = (secret: string): boolean => secret.split(".").length >= 3;

/** A token is always a user's. */
const callerOfToken = async (verifyToken: VerifyToken | undefined, token: string): Promise<Caller> => {
  if (!verifyToken)
    throw new LoraloomError("token_not_accepted", "This server takes API keys only, and this is a token.");
  return { keyId: null, ...(await verifyToken(token)) };
};

/** The key in the header; what is wrong with another form is said without repeating any of it. */
const secretOf = (authorization = ""): string => {
  const [scheme = "", key, ...more] = authorization.split(/[ \t]+/).filter((word) => word !== "");
  if (scheme === "") throw missingKey("is missing");
  if (!isBearer(scheme)) throw missingKey("does not begin with 'Bearer '");
  if (key === undefined) throw missingKey("has no key after 'Bearer'");
  if (isBearer(key)) throw badForm("says 'Bearer' twice");
  if (more.length > 0) throw badForm("has more than one word after 'Bearer'");
  if (!/^[!-~]+$/.test(key)) throw badForm("has a character that no key has");
  return key;
};

const isBearer = (word: string): boolean => word.toLowerCase() === "bearer";

const missingKey = (fault: string): LoraloomError =>
  new LoraloomError("missing_key", `The header 'authorization' ${fault}.`);

const badForm = (fault: string): LoraloomError =>
  new LoraloomError("invalid_key", `The header 'authorization' ${fault}; it is 'Bearer <key>'.`);

const unknownKey = (secret: string): LoraloomError =>
  new LoraloomError(
    "invalid_key",
    hasKeyForm(secret)
      ? "The API key is not known here."
      : "The API key is not known here, and no key looks like it: a key is 'll_' and 43 characters of A-Z a-z 0-9 _ -.",
  );
