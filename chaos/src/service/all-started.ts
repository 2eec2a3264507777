/** Waits for all, also where one of them fails: those that start meanwhile have to be ended with the others. */
export const allStarted = async <Started>(starting: Promise<Started>[]): Promise<Started[]> => {
  await Promise.allSettled(starting);
  return Promise.all(starting);
};
