const interrupts = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Aborts when this process is asked to stop, so that it can end what it started in order.
 *
 * Later requests change nothing: Ctrl-C and `timeout` signal the whole process group, whose other members pass
 * the signal on to us once more. Output that nobody reads any longer is such a request too; unheeded it would
 * end us in the middle.
 *
 * @throws (by the signal) Error with the name `AbortError`
 */
export const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const name of interrupts) process.on(name, stop);
  for (const output of [process.stdout, process.stderr]) output.on("error", stop);
  return controller.signal;
};

/** A signal of the terminal comes several times within a moment, as its other receivers pass it on to us. */
const insistAfterMs = 1_000;

/**
 * Aborts when Ctrl-C is pressed once more while everything is being ended in order.
 *
 * @param stop as `stopSignal` gave it
 */
export const stopNowSignal = (stop: AbortSignal): AbortSignal => {
  const controller = new AbortController();
  let stoppingSince = Number.POSITIVE_INFINITY;
  const note = () => {
    stoppingSince = performance.now();
  };
  stop.addEventListener("abort", note, { once: true });
  process.on("SIGINT", () => {
    if (performance.now() - stoppingSince > insistAfterMs) controller.abort();
  });
  return controller.signal;
};
