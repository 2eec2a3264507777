import { pauseUntil } from "../pause-until.ts";
import { type Fault, isHeavy, type Planned, proxiedPart } from "../schedule/fault.ts";
import { describeFault } from "./describe-fault.ts";
import { type Breakable, injectFault, type Outcome } from "./inject-fault.ts";

export type Injected = Fault & { outcome: Outcome };
export type FollowOptions = { report: (line: string) => void; signal: AbortSignal };

/**
 * Injects each fault at its time. One of the store, or of the receiver of webhooks, waits for the one before it; faults
 * of different parts overlap. Light ones begin at once, heavy ones when the workers are ready.
 *
 * @returns what was injected once each of them is over
 */
export const followFaults = async (
  service: Breakable,
  faults: Planned<Fault>[],
  { report, signal }: FollowOptions,
): Promise<Injected[]> => {
  const inject = async ({ at, ...fault }: Planned<Fault>): Promise<Injected> => {
    report(describeFault(fault));
    return { ...fault, outcome: await injectFault(service, fault, signal) };
  };
  const isFree = new Map<string, Promise<unknown>>();
  const injectInTurn = (fault: Planned<Fault>): Promise<Injected> => {
    const proxied = proxiedPart(fault);
    const injected = proxied ? Promise.resolve(isFree.get(proxied)).then(() => inject(fault)) : inject(fault);
    if (proxied) isFree.set(proxied, injected);
    return injected;
  };
  const followRow = async (row: Planned<Fault>[]): Promise<Injected[]> => {
    const begun = performance.now();
    const running: Promise<Injected>[] = [];
    for (const fault of row) {
      if (!(await pauseUntil(begun + fault.at * 1000, signal))) break;
      running.push(injectInTurn(fault));
    }
    return Promise.all(running);
  };
  const [heavy, light] = [faults.filter(isHeavy), faults.filter((fault) => !isHeavy(fault))];
  const rows = [followRow(light), service.workers.then(() => followRow(heavy))];
  return (await Promise.all(rows)).flat();
};
