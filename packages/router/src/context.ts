import type { Logger, Store } from "@loraloom/store";
import type { RunWatcher } from "@loraloom/store/events";
import type { Origin } from "@loraloom/store/tables";
import type { Caller } from "./access/caller.ts";
import type { OpenStreams } from "./access/open-streams.ts";
import type { Rates } from "./access/rates.ts";
import type { VerifyToken } from "./access/verify-token.ts";
import type { Deployment } from "./deployment.ts";
import type { Inference } from "./inference.ts";
import type { ObservedCall } from "./observe-call.ts";

/** What procedures work with; a test or a host brings it. */
export type Services = {
  store: Store;
  /** One for the whole process. */
  watcher: RunWatcher;
  inference: Inference;
  deployment: Deployment;
  /** One for the whole process. */
  streams: OpenStreams;
  /** One for the whole process. */
  rates: Rates;
  /** Left out: only API keys are taken. */
  verifyToken?: VerifyToken | undefined;
};

/** Made once for each HTTP request, a batch of calls included. */
export type Context = {
  /** Stands in every error, so that a person's report finds its line in the log. */
  requestId: string;
  log: Logger;
  /** Told of each call. */
  onCall: (call: ObservedCall) => void;
  /** Where work comes from that a call begins elsewhere. */
  origin: Origin;
  /** @throws LoraloomError `database_unavailable`, `storage_unavailable` while the host still connects */
  services: () => Services;
  /**
   * Who calls, looked up once a request.
   *
   * @throws LoraloomError `missing_key`, `invalid_key`, `revoked_key`, `expired_key`, `rotated_key`, `token_*`
   */
  resolveCaller: () => Promise<Caller>;
  /** The same, looked up anew: of a stream that has been open for a while. */
  resolveCallerAgain: () => Promise<Caller>;
};
