import { and, eq } from "drizzle-orm";
import { ofScope } from "../files/in-folder.ts";
import type { FileScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { discardBytes } from "./discard-bytes.ts";
import { readUpload } from "./upload-row.ts";

/**
 * Ends an upload without a file and removes what came of it. One that is completed stays; one that has ended
 * otherwise is no fault.
 *
 * @returns whether there will be no file of it
 * @throws LoraloomError `upload_not_found`
 */
export const abortUpload = async (store: Store, scope: FileScope, uploadId: string): Promise<boolean> => {
  const [aborted] = await store.db
    .update(uploads)
    .set({ state: "aborted" })
    .where(and(eq(uploads.id, uploadId), ofScope(uploads, scope), eq(uploads.state, "open")))
    .returning();
  if (!aborted) return isWithoutFile((await readUpload(store.db, scope, uploadId)).state);
  await discardBytes(store, aborted).catch((error) =>
    store.log.warn({ error, uploadId }, "an aborted upload's bytes are still there; a side job removes them"),
  );
  return true;
};

const isWithoutFile = (state: string): boolean => state !== "completing" && state !== "completed";
