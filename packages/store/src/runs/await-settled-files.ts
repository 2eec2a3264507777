import { setTimeout as sleep } from "node:timers/promises";
import { LoraloomError } from "@loraloom/errors";

/** An upload is copied to its place, and a file inspected, within seconds. */
const waitMilliseconds = 20_000;
const pollMilliseconds = 200;

/** A start met a file on its way: it is tried again and never answered with this. */
export class FilesUnsettled extends Error {
  readonly names: string[];

  constructor(names: string[]) {
    super(`Not settled yet: ${names.join(", ")}`);
    this.names = names;
  }
}

/**
 * Tries a start until all its files are at their places and inspected, so that a run learns from what its caller has
 * just completed.
 *
 * @param start changes nothing where it throws FilesUnsettled, and comes again
 * @throws LoraloomError `files_not_ready` after 20 s, and what the start throws
 */
export const onceFilesSettle = async <Started>(start: () => Promise<Started>): Promise<Started> => {
  const deadline = performance.now() + waitMilliseconds;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof FilesUnsettled)) throw error;
      if (performance.now() > deadline) throw notSettled(error);
    }
    await sleep(pollMilliseconds);
  }
};

const notSettled = (cause: FilesUnsettled): LoraloomError =>
  new LoraloomError(
    "files_not_ready",
    `Files are still being stored or inspected: ${cause.names.map((name) => `'${name}'`).join(", ")}.`,
    { details: { names: cause.names }, cause },
  );
