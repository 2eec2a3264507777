import type { FaultProxy } from "@loraloom/testkit/fault-proxy";
import { pauseUntil } from "../pause-until.ts";
import type { Fault } from "../schedule/fault.ts";
import { engineOf } from "../service/engine-of.ts";
import type { KeptPart } from "../service/kept-part.ts";
import { sendSignal } from "../service/send-signal.ts";
import type { Service } from "../service/start-service.ts";

export type Breakable = Pick<Service, "database" | "hosts" | "workers" | "proxy" | "receiver">;

/**
 * Brings a fault about, and takes it back when its time is over or the signal is aborted.
 *
 * @returns whether there was something to hit: what is just being started again can't be killed once more
 */
export const injectFault = async (
  service: Breakable,
  fault: Fault,
  signal: AbortSignal,
): Promise<boolean> => {
  switch (fault.kind) {
    case "host-killed":
      return sendSignal(partOf(service.hosts, fault.host).pid(), "SIGKILL");
    case "worker-killed":
      return sendSignal(partOf(await service.workers, fault.worker).pid(), "SIGKILL");
    case "engine-killed":
      return killEngine(partOf(await service.workers, fault.worker));
    case "host-paused":
      return pause(partOf(service.hosts, fault.host), fault.seconds, signal);
    case "worker-paused":
      return pause(partOf(await service.workers, fault.worker), fault.seconds, signal);
    case "database-killed":
      service.database.killAll();
      return true;
    case "database-stopped":
      return sendSignal(service.database.pid(), "SIGINT");
    case "receiver-unavailable":
    case "receiver-answer-lost":
      return breakProxied(service.receiver, fault, signal);
    default:
      return breakProxied(service.proxy, fault, signal);
  }
};

const partOf = (parts: KeptPart[], index: number): KeptPart => {
  const part = parts[index];
  if (!part) throw new Error(`There is no part ${index} of ${parts.length}.`);
  return part;
};

const killEngine = async (worker: KeptPart): Promise<boolean> => {
  const pid = await engineOf(worker.pid());
  return pid !== undefined && sendSignal(pid, "SIGKILL");
};

/** As a machine that is suspended, or cut off: it does nothing, and later goes on as if no time had passed. */
const pause = async (part: KeptPart, seconds: number, signal: AbortSignal): Promise<boolean> => {
  const pid = part.pid();
  if (!sendSignal(pid, "SIGSTOP")) return false;
  await untilOver(seconds, signal);
  sendSignal(pid, "SIGCONT");
  return true;
};

type ProxiedFault = Extract<Fault, { kind: `store-${string}` | `receiver-${string}` }>;

/** Long enough for a single request to come by, where nobody counts seconds. */
const longestWaitSeconds = 5;
const pollMs = 50;

const untilUsedUp = async (proxy: FaultProxy, times: number, signal: AbortSignal): Promise<void> => {
  const deadline = performance.now() + longestWaitSeconds * 1000;
  while (proxy.hits() < times && performance.now() < deadline)
    if (!(await pauseUntil(performance.now() + pollMs, signal))) return;
};

const breakProxied = async (
  proxy: FaultProxy,
  fault: ProxiedFault,
  signal: AbortSignal,
): Promise<boolean> => {
  proxy.setFault(proxyFault(fault));
  if ("seconds" in fault) await untilOver(fault.seconds, signal);
  else await untilUsedUp(proxy, fault.times, signal);
  const hits = proxy.hits();
  proxy.setFault();
  return hits > 0;
};

const proxyFault = (fault: ProxiedFault): Parameters<FaultProxy["setFault"]>[0] => {
  switch (fault.kind) {
    case "store-unavailable":
      return { kind: "unavailable" };
    case "receiver-unavailable":
      return { kind: "unavailable", times: fault.times };
    case "receiver-answer-lost":
      return { kind: "lose-answer", times: fault.times };
    case "store-slow":
      return { kind: "slow", delayMs: fault.delayMs };
    case "store-put-cut":
      return { kind: "cut-body", times: fault.times, matches: ({ method }) => method === "PUT" };
    case "store-answer-lost":
      return { kind: "lose-answer", times: fault.times, matches: ({ method }) => method !== "GET" };
  }
};

const untilOver = (seconds: number, signal: AbortSignal): Promise<boolean> =>
  pauseUntil(performance.now() + seconds * 1000, signal);
