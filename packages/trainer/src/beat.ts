/** Repeats the work with a pause between two turns, never two at a time. */
export const startBeat = (work: () => Promise<void>, pauseMilliseconds: number): AsyncDisposable => {
  let ended = false;
  let turn = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    turn = work().finally(() => {
      if (!ended) timer = setTimeout(next, pauseMilliseconds);
    });
  };
  timer = setTimeout(next, pauseMilliseconds);
  return {
    [Symbol.asyncDispose]: async () => {
      ended = true;
      clearTimeout(timer);
      await turn;
    },
  };
};
