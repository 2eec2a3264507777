import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ChaosFolder = AsyncDisposable & {
  path: string;
  /** Nothing in it is worth a look. */
  discard: () => void;
};

/** The data folder of one service. It stays unless it is discarded: an error leaves everything to be looked at. */
export const openChaosFolder = async (): Promise<ChaosFolder> => {
  const path = await mkdtemp(join(tmpdir(), "loraloom-chaos-"));
  let isDiscarded = false;
  return {
    path,
    discard: () => {
      isDiscarded = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (isDiscarded) await rm(path, { recursive: true, force: true });
    },
  };
};
