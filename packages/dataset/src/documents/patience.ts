import { setTimeout as sleep } from "node:timers/promises";

/** Thrown when the time that there was for waiting is spent. */
export class PatienceSpent extends Error {
  override name = "PatienceSpent";
}

/** A budget of waiting time over many waits: what happens between them costs nothing. */
export class Patience {
  private left: number;

  constructor(milliseconds: number) {
    this.left = milliseconds;
  }

  /** @throws PatienceSpent when `answer` takes longer than what is left */
  async spend<T>(answer: Promise<T>): Promise<T> {
    const began = performance.now();
    const answered = new AbortController();
    const timeout = sleep(Math.max(this.left, 0), undefined, { signal: answered.signal, ref: false });
    try {
      return await Promise.race([answer, timeout.then(() => Promise.reject(new PatienceSpent()))]);
    } finally {
      answered.abort();
      this.left -= performance.now() - began;
    }
  }
}
