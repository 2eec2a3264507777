import { isLoraloomError } from "@loraloom/errors";
import { neverAborted } from "../schemas/never-aborted.ts";

export type Watching = {
  /** Who is no longer allowed to watch sees no more after so long. */
  lookAgainMilliseconds: number;
  /** @throws LoraloomError why the caller may no longer see it */
  checkAgain: () => Promise<void>;
  /** Of the caller who hangs up. */
  signal?: AbortSignal | undefined;
};

/**
 * The items of a stream for as long as its caller may see them: the key or a share can end meanwhile.
 *
 * @throws LoraloomError as `checkAgain` does
 */
export async function* whileAllowed<Item>(
  { lookAgainMilliseconds, checkAgain, signal = neverAborted }: Watching,
  open: (signal: AbortSignal) => AsyncIterable<Item>,
): AsyncGenerator<Item, void> {
  const refused = new AbortController();
  const look = async (): Promise<void> => {
    try {
      await checkAgain();
    } catch (error) {
      // While the database is away nobody's rights have changed; the next look tells.
      if (!isLoraloomError(error) || error.fault === "user") refused.abort(error);
    }
  };
  const looking = setInterval(look, lookAgainMilliseconds);
  try {
    yield* open(AbortSignal.any([signal, refused.signal]));
    refused.signal.throwIfAborted();
  } catch (error) {
    // However it took its end: this is why.
    refused.signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(looking);
  }
}
