/** Lets so many in at once; the others wait in the order in which they came. */
export class Turnstile {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  /**
   * Waits for a place, which is given back by disposal.
   *
   * @throws the signal's reason when it is aborted before
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.wait(signal);
    return { [Symbol.dispose]: () => this.leave() };
  }

  private wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      this.waiting.splice(this.waiting.indexOf(enter), 1);
      reject(signal.reason);
    };
    const enter = () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    this.waiting.push(enter);
    signal.addEventListener("abort", giveUp, { once: true });
    return promise;
  }

  /** The place goes straight to whoever waits. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
