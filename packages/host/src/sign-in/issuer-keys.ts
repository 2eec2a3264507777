import { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** Older keys are loaded anew beside the next token. */
const freshMilliseconds = 10 * 60_000;
/** A token of an unknown key has the keys loaded anew, but never more often: anybody can make one up. */
const pauseMilliseconds = 10_000;

export type IssuerKeysOptions = { load: () => Promise<JSONWebKeySet>; log: Logger; now?: () => number };
/** A clock that nobody sets: after a jump back of another one, a key that was withdrawn would stay good. */
const monotonic = () => performance.now();

type Held = { find: JWTVerifyGetKey; since: number };

/**
 * Finds the key of a token among its issuer's, which are kept in memory. While the issuer is down the last ones that
 * it gave are good.
 *
 * @throws LoraloomError `token_keys_unavailable` while there were none yet; jose's `JWKSNoMatchingKey`
 */
export const createIssuerKeys = ({ load, log, now = monotonic }: IssuerKeysOptions): JWTVerifyGetKey => {
  let held: Held | undefined;
  let failure: unknown;
  let loading: Promise<void> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;

  const reload = async (): Promise<void> => {
    try {
      held = { find: createLocalJWKSet(await load()), since: now() };
    } catch (error) {
      failure = error;
      log.warn({ err: error, kept: held !== undefined }, "the sign-in's keys were not loaded");
    }
    loading = undefined;
  };
  const reloadAfterPause = (): Promise<void> => {
    if (loading) return loading;
    if (now() - triedAt < pauseMilliseconds) return Promise.resolve();
    triedAt = now();
    loading = reload();
    return loading;
  };
  const current = async (): Promise<Held> => {
    if (!held) await reloadAfterPause();
    else if (now() - held.since > freshMilliseconds) void reloadAfterPause();
    if (held) return held;
    throw new LoraloomError("token_keys_unavailable", "The keys of the sign-in can't be had.", {
      cause: failure,
    });
  };

  return async (...token) => {
    try {
      return await (await current()).find(...token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await reloadAfterPause();
      return (await current()).find(...token);
    }
  };
};
