import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { isErrno } from "./errno.ts";

/**
 * Calls `onFile` with the path of each file below the folder that comes, changes or goes.
 *
 * A watcher for each folder: on Linux `watch`'s own `recursive` follows each file, so that one that an editor puts
 * into another's place is seen once and then never again.
 */
export const watchTree = (root: string, onFile: (path: string) => void): Disposable => {
  const watchers = new Map<string, FSWatcher>();
  const forget = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const follow = (folder: string, onFound: (path: string) => void) => {
    forget(folder);
    if (!entriesOf(folder)) return onFound(folder);
    const watcher = ifThere(() =>
      watch(folder, (event, name) => {
        const path = join(folder, name ?? "");
        if (name !== null && (event === "rename" || !watchers.has(path))) follow(path, onFile);
      }),
    );
    if (!watcher) return;
    // It was deleted; its parent is told of what comes in its place.
    watcher.on("error", () => forget(folder));
    watchers.set(folder, watcher);
    for (const name of entriesOf(folder) ?? []) follow(join(folder, name), onFound);
  };
  follow(root, () => {});
  return {
    [Symbol.dispose]: () => {
      for (const folder of [...watchers.keys()]) forget(folder);
    },
  };
};

/** undefined: a file, or nothing any longer. */
const entriesOf = (folder: string): string[] | undefined => ifThere(() => readdirSync(folder));

const ifThere = <Value>(read: () => Value): Value | undefined => {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, "ENOTDIR") || isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
};
