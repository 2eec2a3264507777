import { watchTree } from "./watch-tree.ts";

/** An editor saves a file in several steps, and a checkout changes many files. */
const settleMs = 200;
const codeFile = /\.(ts|py|json)$/;

/** Calls `onChange` after TypeScript, Python or JSON files in the folders have changed, once for a burst. */
export const watchFolders = (folders: string[], onChange: () => Promise<void>): Disposable => {
  let timer: NodeJS.Timeout | undefined;
  const schedule = (file: string) => {
    if (!codeFile.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void onChange(), settleMs);
  };
  const watchers = folders.map((folder) => watchTree(folder, schedule));
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher[Symbol.dispose]();
    },
  };
};
