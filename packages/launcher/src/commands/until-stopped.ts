/** How a command is told to end. */
export type StopSignals = {
  /** In order. */
  stop: AbortSignal;
  /** At once, killing what still runs. */
  stopNow: AbortSignal;
};

/** Waits for the wish to stop, and says what it takes. */
export const untilStopped = async (stop: AbortSignal): Promise<void> => {
  await untilAborted(stop);
  console.log(
    "Stopping: runs are handed back from a checkpoint, open chats get up to 30 s to finish. " +
      "Ctrl-C again ends everything at once.",
  );
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
