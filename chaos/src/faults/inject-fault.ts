import type { FaultProxy } from "@loraloom/testkit/fault-proxy";
import { pauseUntil } from "../pause-until.ts";
import type { Fault } from "../schedule/fault.ts";
import { engineOf } from "../service/engine-of.ts";
import type { KeptPart } from "../service/kept-part.ts";
import { processState, untilIn } from "../service/process-state.ts";
import { sendSignal } from "../service/send-signal.ts";
import type { Service } from "../service/start-service.ts";

/** `missed`: there was something to hit, and it went on as if nothing had been. */
export type Outcome = "hit" | "missed" | "nothing there";
export type Breakable = Pick<Service, "database" | "hosts" | "workers" | "proxy" | "receiver">;

/**
 * Brings a fault about, and takes it back when its time is over or the signal is aborted.
 *
 * @returns what the system's table of processes, or the proxy, says became of it: what is just being started again
 * can't be killed once more
 */
export const injectFault = async (
  service: Breakable,
  fault: Fault,
  signal: AbortSignal,
): Promise<Outcome> => {
  switch (fault.kind) {
    case "host-killed":
      return kill(partOf(service.hosts, fault.host).pid(), signal);
    case "worker-killed":
      return kill(partOf(await service.workers, fault.worker).pid(), signal);
    case "engine-killed":
      return kill(await engineOf(partOf(await service.workers, fault.worker).pid()), signal);
    case "host-paused":
      return pause(partOf(service.hosts, fault.host), fault.seconds, signal);
    case "worker-paused":
      return pause(partOf(await service.workers, fault.worker), fault.seconds, signal);
    case "database-killed":
      return end(service.database.pid(), { by: service.database.killAll, signal });
    case "database-stopped":
      return end(service.database.pid(), { by: (pid) => sendSignal(pid, "SIGINT"), signal });
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

/** Has a process end by something. */
const end = async (
  pid: number | undefined,
  { by, signal }: { by: (pid: number) => unknown; signal: AbortSignal },
): Promise<Outcome> => {
  if (pid === undefined || (await processState(pid)) === "gone") return "nothing there";
  by(pid);
  return (await untilIn(pid, ["gone"], signal)) ? "hit" : "missed";
};

const kill = (pid: number | undefined, signal: AbortSignal): Promise<Outcome> =>
  end(pid, { by: (there) => sendSignal(there, "SIGKILL"), signal });

/** As a machine that is suspended, or cut off: it does nothing, and later goes on as if no time had passed. */
const pause = async (part: KeptPart, seconds: number, signal: AbortSignal): Promise<Outcome> => {
  const pid = part.pid();
  if ((await processState(pid)) === "gone") return "nothing there";
  sendSignal(pid, "SIGSTOP");
  const over = untilOver(seconds, signal);
  // Killed while it is stopped, it was.
  const isStopped = await untilIn(pid, ["stopped", "gone"], signal);
  await over;
  sendSignal(pid, "SIGCONT");
  return isStopped ? "hit" : "missed";
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
): Promise<Outcome> => {
  proxy.setFault(proxyFault(fault));
  if ("seconds" in fault) await untilOver(fault.seconds, signal);
  else await untilUsedUp(proxy, fault.times, signal);
  const hits = proxy.hits();
  proxy.setFault();
  // A proxy sees what came by, and nothing of what would have.
  return hits > 0 ? "hit" : "nothing there";
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
