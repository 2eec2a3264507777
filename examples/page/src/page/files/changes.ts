/** What is changed from here, so that what was read before a change is not shown after it. */
export type Changes = { underWay: number; done: number };

export const noChanges = (): Changes => ({ underWay: 0, done: 0 });

/** Does something that changes what others read meanwhile. */
export const changing = async (changes: Changes, work: () => Promise<unknown>): Promise<void> => {
  changes.underWay += 1;
  try {
    await work();
  } finally {
    changes.underWay -= 1;
    changes.done += 1;
  }
};

/** What was read, or null where it may be from before a change. */
export const readUnchanged = async <T>(changes: Changes, read: () => Promise<T>): Promise<T | null> => {
  const { done } = changes;
  const answer = await read();
  return changes.underWay > 0 || changes.done > done ? null : answer;
};
