import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { fetchVersionFiles, type Version } from "@loraloom/store/adapters";
import { writeHashed } from "./stored-files.ts";

/**
 * Brings a version's files to a local folder and checks their bytes.
 *
 * @throws LoraloomError `corrupt_adapter` where a file is gone or holds other bytes, `storage_unavailable`
 */
export const fetchVersion = async (store: Store, version: Version, folder: string): Promise<void> => {
  for await (const { name, sha256, content } of fetchVersionFiles(store, version)) {
    if ((await writeHashed(content.stream, join(folder, name))) === sha256) continue;
    throw new LoraloomError(
      "corrupt_adapter",
      `'${name}' of version '${version.id}' holds other bytes than were published.`,
      { details: { versionId: version.id, name } },
    );
  }
};
