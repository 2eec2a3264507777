import { createHash } from "node:crypto";
import { type FileKind, fileKey } from "@loraloom/store/keys";
import { getObject, listMultiparts } from "@loraloom/store/objects";
import { testServices } from "@loraloom/testkit";
import { type ConnectionCutter, startConnectionCutter } from "./connection-cutter.ts";
import { type LiveServer, startLiveServer } from "./start-live-server.ts";

export const scope = { userId: "ada", avatarId: "mia" };

export type UploadServer = AsyncDisposable &
  LiveServer & {
    /** Stands between clients and the object store. */
    cutter: ConnectionCutter;
    /** SHA-256 of the object that a file became. */
    storedHash: (name: string, kind?: FileKind, avatarId?: string | null) => Promise<string>;
    /** The object store's uploads of a name that it still waits for. */
    openParts: (name: string) => Promise<string[]>;
  };

/** A live server whose clients reach the object store over a line that can be cut. */
export const startUploadServer = async ({
  origins = [],
}: {
  origins?: string[];
} = {}): Promise<UploadServer> => {
  await using opened = new AsyncDisposableStack();
  const cutter = opened.use(await startConnectionCutter(testServices().s3.endpoint));
  const server = opened.use(await startLiveServer({ origins, publicStorage: cutter.url }));
  const { objects } = server.store;
  const resources = opened.move();
  return {
    ...server,
    cutter,
    async storedHash(name, kind = "training_data", avatarId = scope.avatarId) {
      const key = fileKey({ userId: scope.userId, avatarId }, kind, name);
      const hash = createHash("sha256");
      for await (const piece of (await getObject(objects, { key }))?.stream ?? []) hash.update(piece);
      return hash.digest("hex");
    },
    openParts: (name) =>
      Array.fromAsync(listMultiparts(objects, fileKey(scope, "training_data", name)), ({ key }) => key),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};
