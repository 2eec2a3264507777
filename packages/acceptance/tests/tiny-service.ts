import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedTinyBase } from "@loraloom/testkit";
import { type LaunchedService, launchService } from "./launched-service.ts";
import { createSignIn, type SignIn } from "./sign-in.ts";

export type TinyService = LaunchedService & { dataDir: string; signIn: SignIn };

/** The whole service on a data folder of its own, with a base model that trains in seconds. */
export const launchTinyService = async (): Promise<TinyService> => {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "loraloom-tiny-"));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const signIn = await createSignIn(dataDir);
  const service = opened.use(
    await launchService(dataDir, {
      LORALOOM_BASE_MODEL: "test/tiny",
      LORALOOM_BASE_PATH: await sharedTinyBase(),
      LORALOOM_BASE_DTYPE: "float32",
      // Of a test's own receiver.
      LORALOOM_WEBHOOK_NETWORKS: "127.0.0.1/32",
      ...signIn.environment,
    }),
  );
  const resources = opened.move();
  return { ...service, dataDir, signIn, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
