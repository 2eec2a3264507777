import { LoraloomError } from "@loraloom/errors";
import { type Caller, callerName } from "./caller.ts";

/** The answers that are still being written: watches and chats. */
export type OpenStreams = {
  /** How many are open, of all callers. */
  readonly count: number;
  /**
   * Counts one more of a caller until it is disposed of.
   *
   * @throws LoraloomError `too_many_streams`
   */
  open: (caller: Caller) => Disposable;
  /** Whether one more would be counted. @throws LoraloomError `too_many_streams` */
  requireRoom: (caller: Caller) => void;
};

/** @param mostOfOne that one caller may have open at once, in this process; 0: any number */
export const createOpenStreams = (mostOfOne: number): OpenStreams => {
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
    get count() {
      return count;
    },
    requireRoom,
    open: (caller) => {
      requireRoom(caller);
      const name = callerName(caller);
      change(name, 1);
      return { [Symbol.dispose]: () => change(name, -1) };
    },
  };
};

const tooMany = (limit: number): LoraloomError =>
  new LoraloomError(
    "too_many_streams",
    `This caller has ${limit} watches and chats open at this server, and no more are allowed.`,
    { details: { limit } },
  );
