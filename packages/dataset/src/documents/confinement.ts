import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { DocumentLimits } from "./document-limits.ts";

const packageFolder = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Flags under which a Node process may read this package, its libraries and `folder`, may write `folder`, and may
 * start no process, thread or addon.
 *
 * Node 24's permission model has none for the network, which `child/no-network.ts` takes away.
 */
export const confinedFlags = (folder: string, limits: DocumentLimits): string[] => [
  "--permission",
  ...[packageFolder, librariesFolder(), folder].map((path) => `--allow-fs-read=${path}`),
  `--allow-fs-write=${folder}`,
  "--disallow-code-generation-from-strings",
  `--max-old-space-size=${heapMebibytes(limits.memoryBytes)}`,
  "--no-warnings",
];

/** The outermost `node_modules` above our libraries: package managers link between folders below it. */
const librariesFolder = (): string => {
  const library = createRequire(import.meta.url).resolve("yauzl");
  const folder = "/node_modules/";
  return library.slice(0, library.indexOf(folder) + folder.length);
};

/** The rest is for buffers, which V8 does not count. */
const heapMebibytes = (memoryBytes: number): number => Math.ceil((memoryBytes * 3) / 4 / 1024 / 1024);
