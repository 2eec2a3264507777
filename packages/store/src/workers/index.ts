/** Which workers live, and what a host and a worker's gateway say to each other. */
export {
  type Awaited,
  awaitBase,
  type Claimable,
  claimBase,
  listAwaited,
} from "./awaited-bases.ts";
export {
  type CountTokensLine,
  type CountTokensRequest,
  type EstimateLine,
  type EstimateRequest,
  type EvaluateLine,
  type EvaluateRequest,
  type GatewayLine,
  type GatewayRequest,
  type GatewayRoute,
  gatewayMessages,
  type SampleLine,
  type SampleRequest,
} from "./gateway-messages.ts";
export {
  heartbeatWorker,
  listLiveWorkers,
  type NewWorker,
  readLiveWorkers,
  registerWorker,
  removeWorker,
  requestDrain,
  sweepWorkers,
  type Worker,
  type WorkerChange,
} from "./workers.ts";
