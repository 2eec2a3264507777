import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedTinyBase } from "@loraloom/testkit";
import { type LaunchedService, launchService } from "./launched-service.ts";

export type TinyService = LaunchedService & { dataDir: string };

/** The whole service on a data folder of its own, with a base model that trains in seconds. */
export const launchTinyService = async (): Promise<TinyService> => {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "loraloom-tiny-"));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const service = opened.use(
    await launchService(dataDir, {
      LORALOOM_BASE_MODEL: "test/tiny",
      LORALOOM_BASE_PATH: await sharedTinyBase(),
      LORALOOM_BASE_DTYPE: "float32",
    }),
  );
  const resources = opened.move();
  return { ...service, dataDir, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
