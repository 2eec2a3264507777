import { once } from "node:events";
import { createServer } from "node:net";
import { LoraloomError } from "@loraloom/errors";

/**
 * Below the range that systems give to outgoing connections (32768 on Linux), also after the 10,000 that
 * SeaweedFS adds to each of its ports for gRPC.
 */
const firstPort = 12_000;
const lastPort = 21_999;
const grpcOffset = 10_000;
const maxAttempts = 200;

/** Whether nobody listens on that loopback port. */
export const isPortFree = async (port: number): Promise<boolean> => {
  try {
    await (await holdPort(port))();
    return true;
  } catch {
    return false;
  }
};

/** Lets go of a held port; may be called again. */
export type GiveBack = () => Promise<void>;

/**
 * Listens on a loopback port so that nobody else takes it before the program that it is for starts.
 *
 * @throws Error `EADDRINUSE`
 */
export const holdPort = async (port: number): Promise<GiveBack> => {
  // Whoever looks for what ran here before would be waited for when the port is given back.
  const server = createServer((socket) => socket.destroy()).unref();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
};

/**
 * A free loopback port whose number + 10,000 is free too.
 *
 * @param taken ports promised to others who don't listen yet
 * @throws LoraloomError `part_failed` when none was found
 */
export const findFreePort = async (taken: ReadonlySet<number> = new Set()): Promise<number> => {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
    if (!taken.has(port) && (await isPortFree(port)) && (await isPortFree(port + grpcOffset))) return port;
  }
  throw new LoraloomError("part_failed", `No free port between ${firstPort} and ${lastPort} was found.`);
};

/**
 * Free ports for a list of names.
 *
 * @example const { s3, filer } = await findFreePorts(["s3", "filer"]);
 */
export const findFreePorts = async <Name extends string>(
  names: readonly Name[],
): Promise<Record<Name, number>> => {
  const taken = new Set<number>();
  for (const _ of names) taken.add(await findFreePort(taken));
  const ports = [...taken];
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<Name, number>;
};
