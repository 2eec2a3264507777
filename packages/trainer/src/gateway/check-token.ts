import { createHash, timingSafeEqual } from "node:crypto";
import { LoraloomError } from "@loraloom/errors";

/**
 * Lets a request pass that carries the gateway's token. Hashes are compared, so that the time taken says
 * nothing about the token, not even its length.
 *
 * @throws LoraloomError `missing_key`, `invalid_key`
 */
export const checkToken = (header: string | undefined, token: string): void => {
  if (!header) throw new LoraloomError("missing_key", "The gateway's token is missing.");
  if (!timingSafeEqual(hash(header), hash(`Bearer ${token}`)))
    throw new LoraloomError("invalid_key", "The gateway's token is another one.");
};

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
