import { findFreePort, isPortFree } from "./ports.ts";
import { readPrivateJson, writePrivateJson } from "./private-json.ts";
import { seaweedfsPortNames } from "./seaweedfs.ts";

const portNames = ["host", "gateway", "postgres", ...seaweedfsPortNames] as const;
export type Ports = Record<(typeof portNames)[number], number>;

/** Easy to remember; another one is taken where it isn't free. */
const preferred: Partial<Ports> = { host: 4710 };

/** The ports of the last start as far as they are free, new ones for the others; remembered for the next. */
export const choosePorts = async (path: string): Promise<Ports> => {
  const remembered = readPorts(path) ?? preferred;
  const chosen = new Map<string, number>();
  for (const name of portNames) {
    const port = remembered[name];
    const isUsable = port !== undefined && (await isPortFree(port));
    chosen.set(name, isUsable ? port : await findFreePort(new Set(chosen.values())));
  }
  const ports = Object.fromEntries(chosen) as Ports;
  writePrivateJson(path, ports);
  return ports;
};

/** The ports of the last start; `null` when nothing was started yet. */
export const readPorts = (path: string): Partial<Ports> | null => readPrivateJson<Partial<Ports>>(path);
