import { isErrno } from "./errno.ts";
import { findFreePort, type GiveBack, holdPort } from "./ports.ts";
import { readPrivateJson, writePrivateJson } from "./private-json.ts";
import { seaweedfsPortNames } from "./seaweedfs.ts";

const portNames = ["host", "gateway", "postgres", ...seaweedfsPortNames] as const;
export type Ports = Record<(typeof portNames)[number], number>;

/** Easy to remember; another one is taken where it isn't free. */
const preferred: Partial<Ports> = { host: 4710 };

/** A port that somebody else took since the last start, and the one in its place. */
export type MovedPort = { name: keyof Ports; from: number; to: number };

export type ChosenPorts = {
  ports: Ports;
  moved: MovedPort[];
  /**
   * Each port is held until the part that it is for starts, or a second launcher on other data would take it
   * meanwhile: its host would answer in place of ours.
   */
  giveBack: Record<keyof Ports, GiveBack>;
};

/** The ports of the last start as far as they are free, new ones for the others; remembered for the next. */
export const choosePorts = async (path: string): Promise<ChosenPorts> => {
  const remembered = readPorts(path) ?? preferred;
  const chosen = new Map<keyof Ports, number>();
  const held = new Map<keyof Ports, GiveBack>();
  for (const name of portNames) {
    const { port, giveBack } = await holdUsable(remembered[name], new Set(chosen.values()));
    chosen.set(name, port);
    held.set(name, giveBack);
  }
  const ports = Object.fromEntries(chosen) as Ports;
  writePrivateJson(path, ports);
  const moved = portNames.flatMap((name) => toMoved(name, remembered[name], ports[name]));
  return { ports, moved, giveBack: Object.fromEntries(held) as ChosenPorts["giveBack"] };
};

type HeldPort = { port: number; giveBack: GiveBack };

const holdUsable = async (wanted: number | undefined, taken: ReadonlySet<number>): Promise<HeldPort> => {
  let held = wanted === undefined ? null : await holdIfFree(wanted);
  // Another launcher can take a port between the look and the hold: then there is the next one.
  while (!held) held = await holdIfFree(await findFreePort(taken));
  return held;
};

/** null: somebody listens there. */
const holdIfFree = async (port: number): Promise<HeldPort | null> => {
  try {
    return { port, giveBack: await holdPort(port) };
  } catch (error) {
    if (isErrno(error, "EADDRINUSE")) return null;
    throw error;
  }
};

const toMoved = (name: keyof Ports, from: number | undefined, to: number): MovedPort[] =>
  from === undefined || from === to ? [] : [{ name, from, to }];

/** The ports of the last start; `null` when nothing was started yet. */
export const readPorts = (path: string): Partial<Ports> | null => readPrivateJson<Partial<Ports>>(path);
