import { LoraloomError } from "@loraloom/errors";
import { findApiKey } from "@loraloom/store/access";
import type { KeyScope } from "@loraloom/store/tables";
import type { Services } from "../context.ts";

/** Who calls: a service key acts for any user, a user key for its own. */
export type Caller = {
  keyId: string;
  scopes: KeyScope[];
  /** Of a user key; null for a service key. */
  userId: string | null;
};

/**
 * The caller that an `authorization` header names.
 *
 * @throws LoraloomError `missing_key`, `invalid_key`, `revoked_key`, `expired_key`, `database_unavailable`
 */
export const resolveCaller = async (
  services: () => Services,
  authorization: string | undefined,
): Promise<Caller> => {
  const secret = secretOf(authorization);
  const key = await findApiKey(services().store, secret);
  if (!key) throw new LoraloomError("invalid_key", "The API key is not known here.");
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
  return { keyId: key.id, scopes: key.scopes, userId: key.userId };
};

const secretOf = (authorization: string | undefined): string => {
  const [, secret] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (secret) return secret;
  const reason = authorization ? "is not 'Bearer <key>'" : "is missing";
  throw new LoraloomError("missing_key", `The header 'authorization' ${reason}.`);
};
