import type { Logger } from "@loraloom/store";

/** Whether an operator lets the worker take work; what it has is handed back when he does not. */
export type Admission = {
  isOpen(): boolean;
  /** Aborted once the worker is closed; of a worker that is opened again, another one. */
  closing(): AbortSignal;
  /** Does as is wished, once for each change of the wish. */
  follow(wish: { drainRequested: boolean }): void;
};

export const createAdmission = (log: Logger): Admission => {
  let closing = new AbortController();
  return {
    isOpen: () => !closing.signal.aborted,
    closing: () => closing.signal,
    follow: ({ drainRequested }) => {
      if (drainRequested === closing.signal.aborted) return;
      log.info(drainRequested ? "drained by an operator: handing back what it has" : "working again");
      if (drainRequested) closing.abort();
      else closing = new AbortController();
    },
  };
};
