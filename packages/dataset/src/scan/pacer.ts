import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds after which the other work of this process gets its turn: a file has a million bad lines. */
const longestTurn = 5;

/** Keeps the reading of a file from holding up the process that it shares. */
export class Pacer {
  private began = performance.now();

  isDue(): boolean {
    return performance.now() - this.began > longestTurn;
  }

  async turn(): Promise<void> {
    await nextTurn();
    this.began = performance.now();
  }
}
