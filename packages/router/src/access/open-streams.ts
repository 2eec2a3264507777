import { LoraloomError } from "@loraloom/errors";
import { type Caller, callerName } from "./caller.ts";

/** The answers that are still being written: watches and chats. */
export type OpenStreams = {
  /** How often the rights of who has one open are looked at again. */
  readonly lookAgainMilliseconds: number;
  /** How many are open, of all callers. */
  readonly count: number;
  /**
   * Counts one more of a caller until it is disposed of, be it once or twice.
   *
   * @throws LoraloomError `too_many_streams`
   */
  open: (caller: Caller) => Disposable;
};

export type StreamLimits = {
  /** That one caller may have open at once, in this process; 0: any number. */
  mostOfOne: number;
  lookAgainMilliseconds?: number;
};

/** A key that was revoked, or a share that has ended, ends a stream after so long. */
export const usualLookAgainMilliseconds = 30_000;

export const createOpenStreams = ({
  mostOfOne,
  lookAgainMilliseconds = usualLookAgainMilliseconds,
}: StreamLimits): OpenStreams => {
  const counts = new Map<string, number>();
  let count = 0;
  const change = (name: string, by: 1 | -1): void => {
    count += by;
    const left = (counts.get(name) ?? 0) + by;
    if (left === 0) counts.delete(name);
    else counts.set(name, left);
  };
  const requireRoom = (caller: Caller): void => {
    if (mostOfOne > 0 && (counts.get(callerName(caller)) ?? 0) >= mostOfOne) throw tooMany(mostOfOne);
  };
  return {
    lookAgainMilliseconds,
    get count() {
      return count;
    },
    open: (caller) => {
      requireRoom(caller);
      const name = callerName(caller);
      change(name, 1);
      const place = new DisposableStack();
      place.defer(() => change(name, -1));
      return place;
    },
  };
};

const tooMany = (most: number): LoraloomError =>
  new LoraloomError(
    "too_many_streams",
    `The limit is ${most} open watches and chats of one caller at this server; each that ends makes room for another.`,
    { details: { limit: "open watches and chats of one caller", most, resetsAt: null } },
  );
