import { isLoraloomError } from "./errors.ts";
import { backoffMs, delay, usualAttempts } from "./retry.ts";

/**
 * Calls that come to the same however often they are made, and are made by the thousand: they have no key, and who
 * makes them repeats them.
 */
const plainCalls = new Set([
  "createUpload",
  "presignParts",
  "completeUpload",
  "abortUpload",
  "setFlag",
  "setFlags",
  "chat",
]);

/** A mutation as it is sent; the same key at each try, so that the server does it once. */
type Send<Result> = (input: unknown) => Promise<Result>;

/**
 * Makes a mutation, and makes it again where its answer was lost on the way.
 *
 * @throws what the last try throws
 */
export const repeatingLost = async <Result>(
  { path, input, signal }: { path: string; input: unknown; signal: AbortSignal | undefined },
  send: Send<Result>,
): Promise<Result> => {
  if (plainCalls.has(path.split(".").at(-1) ?? "")) return send(input);
  const given = Object(input);
  const keyed = { ...given, idempotencyKey: given.idempotencyKey ?? newKey() };
  for (let failures = 1; ; failures++) {
    try {
      return await send(keyed);
    } catch (error) {
      if (failures === usualAttempts || !isLost(error)) throw error;
      await delay(backoffMs(failures), signal);
    }
  }
};

/** Nobody knows whether it was done, or another try of it is still being answered. */
const isLost = (error: unknown): boolean =>
  isLoraloomError(error, "network") || isLoraloomError(error, "call_in_progress");

/** Pages without TLS have no `crypto.randomUUID`. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
