import { pauseUntil } from "../pause-until.ts";
import type { Planned } from "../schedule/fault.ts";
import type { UserIntent } from "../schedule/intent.ts";
import { act } from "./act.ts";
import type { User } from "./user.ts";

/**
 * Does one thing after the other, each at its time or as soon as the one before it is answered, until the time is over.
 *
 * @returns the watchers of the runs that were started; each settles when its run is over
 */
export const followIntents = async (
  user: User,
  intents: Planned<UserIntent>[],
  { seconds }: { seconds: number },
): Promise<Promise<void>[]> => {
  const begun = performance.now();
  const isOver = () => performance.now() - begun > seconds * 1000;
  const watchers: Promise<void>[] = [];
  for (const { at, ...intent } of intents) {
    if (isOver() || !(await pauseUntil(begun + at * 1000, user.signal))) break;
    const { watcher } = await act(user, intent);
    if (watcher) watchers.push(watcher);
  }
  return watchers;
};
