import { dirname } from "node:path";
import { dataFolder } from "../data-folder.ts";
import type { Plan } from "../plan-parts.ts";
import type { Settings } from "../settings.ts";

/** Where everything is; no secret. */
export const printSummary = ({ url, keyFile }: Plan, { dataDir }: Settings): void => {
  console.log(
    [
      "",
      `Loraloom serves at ${url}`,
      `  first API key   ${keyFile}`,
      `  data            ${dataDir}`,
      `  logs            ${dirname(dataFolder(dataDir).logFile("host"))}`,
      "  stop            Ctrl-C",
      "",
    ].join("\n"),
  );
};
