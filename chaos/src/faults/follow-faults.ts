import { pauseUntil } from "../pause-until.ts";
import type { Fault, Planned } from "../schedule/fault.ts";
import type { Service } from "../service/start-service.ts";
import { describeFault } from "./describe-fault.ts";
import { injectFault } from "./inject-fault.ts";

export type Injected = Fault & { hit: boolean };
export type FollowOptions = { report: (line: string) => void; signal: AbortSignal };

/**
 * Injects each fault at its time. One of the store waits for the one before it; faults of different parts overlap.
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
  let storeIsFree: Promise<unknown> = Promise.resolve();
  const running: Promise<Injected>[] = [];
  for (const fault of faults) {
    if (!(await pauseUntil(begun + fault.at * 1000, signal))) break;
    const injected = isOfStore(fault) ? storeIsFree.then(() => inject(fault)) : inject(fault);
    if (isOfStore(fault)) storeIsFree = injected;
    running.push(injected);
  }
  return Promise.all(running);
};

const isOfStore = ({ kind }: Fault): boolean => kind.startsWith("store-");
