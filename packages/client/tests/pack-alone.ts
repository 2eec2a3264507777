import { fileURLToPath } from "node:url";
import { isLoraloomError } from "@loraloom/errors";
import { vi } from "vitest";
import { lockDataDir } from "../../launcher/src/data-dir-lock.ts";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const lockFolder = fileURLToPath(new URL("../dist/packing", import.meta.url));

/** As long as a few builds take on a busy machine. */
const timeout = 200_000;

/** Packing builds into the package's own folder, so only one test at a time may pack the client. */
export const packAlone = async (pack: () => Promise<unknown>): Promise<void> => {
  using _lock = await vi.waitUntil(tryLock, { timeout, interval: 100 });
  await pack();
};

const tryLock = async (): Promise<Disposable | undefined> => {
  try {
    return await lockDataDir(dist, lockFolder);
  } catch (error) {
    if (isLoraloomError(error, "data_dir_in_use")) return undefined;
    throw error;
  }
};
