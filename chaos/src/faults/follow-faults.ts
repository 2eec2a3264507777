import { pauseUntil } from "../pause-until.ts";
import type { Fault, Planned } from "../schedule/fault.ts";
import type { Service } from "../service/start-service.ts";
import { describeFault } from "./describe-fault.ts";
import { injectFault } from "./inject-fault.ts";

export type Injected = Fault & { hit: boolean };
export type FollowOptions = { report: (line: string) => void; signal: AbortSignal };

/**
 * Injects each fault at its time. One of the store, or of the receiver of webhooks, waits for the one before it; faults
 * of different parts overlap.
 *
 * @returns what was injected once each of them is over
 */
export const followFaults = async (
  service: Service,
  faults: Planned<Fault>[],
  { report, signal }: FollowOptions,
): Promise<Injected[]> => {
  const begun = performance.now();
  const inject = async ({ at, ...fault }: Planned<Fault>): Promise<Injected> => {
    report(describeFault(fault));
    return { ...fault, hit: await injectFault(service, fault, signal) };
  };
  const isFree = new Map<string, Promise<unknown>>();
  const running: Promise<Injected>[] = [];
  for (const fault of faults) {
    if (!(await pauseUntil(begun + fault.at * 1000, signal))) break;
    const proxied = proxiedPart(fault);
    const injected = proxied ? Promise.resolve(isFree.get(proxied)).then(() => inject(fault)) : inject(fault);
    if (proxied) isFree.set(proxied, injected);
    running.push(injected);
  }
  return Promise.all(running);
};

/** What a fault breaks by a proxy, which knows one fault at a time; `undefined`: nothing of that kind. */
const proxiedPart = ({ kind }: Fault): string | undefined => /^(store|receiver)-/.exec(kind)?.[1];
