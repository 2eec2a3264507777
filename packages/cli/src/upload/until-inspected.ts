import { setTimeout as delay } from "node:timers/promises";
import type { StoredFile } from "@loraloom/client";

const firstPauseMs = 200;
const longestPauseMs = 3_000;

/** Asks, ever less often, until the service has looked into a file. @throws the signal's reason */
export const untilInspected = async (
  read: () => Promise<StoredFile>,
  signal: AbortSignal,
): Promise<StoredFile> => {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
    const file = await read();
    if (file.state !== "inspecting") return file;
    await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
};
