import { rmSync } from "node:fs";
import { dataFolder } from "./data-folder.ts";
import type { RecordedPart } from "./part.ts";
import { readPrivateJson, writePrivateJson } from "./private-json.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** What runs on a data folder; addresses only, the secrets lie in `secrets.json`. */
export type Runtime = {
  launcher: ProcessIdentity;
  since: string;
  url: string;
  gatewayUrl: string;
  keyFile: string;
  /** Whether every part was ready once. */
  isReady: boolean;
  parts: RecordedPart[];
};

/** The last record, of a launcher that may be gone; `null` when there is none. */
export const readLastRuntime = (dataDir: string): Runtime | null =>
  readPrivateJson<Runtime>(dataFolder(dataDir).runtime);

/** What runs now on a data folder; `null` when no launcher lives there. */
export const readRuntime = async (dataDir: string): Promise<Runtime | null> => {
  const runtime = readLastRuntime(dataDir);
  return runtime && (await isAlive(runtime.launcher)) ? runtime : null;
};

export type RuntimeRecord = Disposable & {
  recordPart: (part: RecordedPart) => void;
  recordReady: () => void;
};

/** Keeps `runtime.json` while this process runs the parts; it goes with a clean stop. */
export const openRuntimeRecord = async (
  dataDir: string,
  { url, gatewayUrl, keyFile }: Pick<Runtime, "url" | "gatewayUrl" | "keyFile">,
): Promise<RuntimeRecord> => {
  const path = dataFolder(dataDir).runtime;
  const launcher = await identify(process.pid);
  const runtime: Runtime = {
    launcher,
    since: new Date().toISOString(),
    url,
    gatewayUrl,
    keyFile,
    isReady: false,
    parts: [],
  };
  const write = () => writePrivateJson(path, runtime);
  write();
  return {
    recordPart: ({ name, pid, startTime, stopSignal, stopTimeoutMs }) => {
      const recorded = { name, pid, startTime, stopSignal, stopTimeoutMs };
      runtime.parts = [...runtime.parts.filter((part) => part.name !== name), recorded];
      write();
    },
    recordReady: () => {
      runtime.isReady = true;
      write();
    },
    [Symbol.dispose]: () => rmSync(path, { force: true }),
  };
};
