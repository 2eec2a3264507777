import { headObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { VersionFile } from "../tables/adapters.ts";
import type { FoundFault } from "./outcome.ts";

/** The first file that is not there as it is described; who reads a file checks its hash. */
export const findFault = async (
  { objects }: Store,
  files: VersionFile[],
  keyOf: (file: string) => string,
): Promise<FoundFault | undefined> => {
  for (const { name, size } of files) {
    const key = keyOf(name);
    const head = await headObject(objects, key);
    if (!head) return { key, reason: "is gone" };
    if (head.size !== size) return { key, reason: `has ${head.size} bytes instead of ${size}` };
  }
  return undefined;
};
