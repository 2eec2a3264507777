import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Exchange, handlers } from "./fault-handlers.ts";

export type Fault = {
  /**
   * - `unavailable`: answers 503 itself; the store sees nothing
   * - `slow`: forwards after `delayMs`
   * - `hold`: forwards as soon as `setFault` is called anew
   * - `cut-body`: forwards half of the request's body, then breaks both connections
   * - `lose-answer`: the store does the work, its answer is lost
   */
  kind: "unavailable" | "slow" | "hold" | "cut-body" | "lose-answer";
  /** How many requests it hits; all when absent. */
  times?: number;
  /** Which requests it hits; all when absent. */
  matches?: (request: { method: string; path: string }) => boolean;
  /** Milliseconds, for `slow`. */
  delayMs?: number;
};

export type FaultProxy = AsyncDisposable & {
  /** What a client uses in place of the store's address. */
  url: string;
  /** Replaces the fault in force, and lets go what it held; without an argument everything passes. */
  setFault: (fault?: Fault) => void;
  /** How many requests were hit since the fault was set. */
  hits: () => number;
};

/**
 * An HTTP proxy on loopback in front of a store. Headers go through as they are, the Host header too, so
 * that signatures made for the proxy's address hold.
 *
 * @example
 * await using proxy = await startFaultProxy({ target: s3.endpoint });
 * proxy.setFault({ kind: "lose-answer", times: 1, matches: ({ method }) => method === "PUT" });
 */
export const startFaultProxy = async ({ target }: { target: string }): Promise<FaultProxy> => {
  let fault: Fault | undefined;
  let hits = 0;
  let replaced = Promise.withResolvers<void>();
  const takeFault = (request: IncomingMessage): Fault | undefined => {
    if (!fault || !isHit(fault, request) || hits >= (fault.times ?? Number.POSITIVE_INFINITY))
      return undefined;
    hits++;
    return fault;
  };
  const server = createServer((request, response) =>
    handle({ target, request, response, replaced: replaced.promise }, takeFault(request)),
  );
  const url = await listen(server);
  return {
    url,
    setFault: (next) => {
      fault = next;
      hits = 0;
      replaced.resolve();
      replaced = Promise.withResolvers();
    },
    hits: () => hits,
    [Symbol.asyncDispose]: () => close(server),
  };
};

const isHit = ({ matches }: Fault, { method = "", url = "" }: IncomingMessage): boolean =>
  matches === undefined || matches({ method, path: decodeURIComponent(url) });

const handle = (exchange: Exchange, fault: Fault | undefined): void => {
  // A broken connection is what this proxy is for; the client sees it as one.
  exchange.request.on("error", () => {});
  exchange.response.on("error", () => {});
  handlers[fault?.kind ?? "pass"](exchange, fault);
};

const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const close = async (server: Server): Promise<void> => {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
};
