/** Which workers live, and what a host and a worker's gateway say to each other. */
export {
  type EstimateLine,
  type EstimateRequest,
  type EvaluateLine,
  type EvaluateRequest,
  gatewayMessages,
  type SampleLine,
  type SampleRequest,
  type TokenizeLine,
  type TokenizeRequest,
} from "./gateway-messages.ts";
export {
  heartbeatWorker,
  listLiveWorkers,
  type NewWorker,
  registerWorker,
  removeWorker,
  type Worker,
  type WorkerChange,
} from "./workers.ts";
