import { LoraloomError } from "@loraloom/errors";
import { copyObject, hashObject, headObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { VersionFile } from "../tables/adapters.ts";

type Places = { from: (file: string) => string; to: (file: string) => string };

/**
 * Copies a version's files inside the store and reads the copies: what has been copied is what was published.
 *
 * @throws LoraloomError `corrupt_adapter` where a file is gone or holds other bytes, `storage_unavailable`
 */
export const copyFiles = async (store: Store, files: VersionFile[], { from, to }: Places): Promise<void> => {
  for (const { name, sha256 } of files) {
    await copyFile(store, { from: from(name), to: to(name) });
    if ((await hashObject(store.objects, { key: to(name) })) !== sha256)
      throw corrupt(`'${from(name)}' holds other bytes than were published`);
  }
};

const copyFile = async ({ objects }: Store, { from, to }: { from: string; to: string }): Promise<void> => {
  const source = await headObject(objects, from);
  if (!source) throw corrupt(`'${from}' is gone`);
  const copied = await copyObject(objects, { from, to, size: source.size, ifMatch: source.etag });
  if (typeof copied === "string") throw corrupt(`'${from}' changed while it was copied`);
};

const corrupt = (message: string): LoraloomError => new LoraloomError("corrupt_adapter", `${message}.`);
