import type { Origin } from "@loraloom/store/tables";
import type {
  CountTokensLine,
  CountTokensRequest,
  EstimateLine,
  EstimateRequest,
  SampleLine,
  SampleRequest,
} from "@loraloom/store/workers";

type ByEngine = { engineKey: string };
type Result<Line extends { type: string }> = Omit<Extract<Line, { type: "result" }>, "type">;

/** What a conversation is answered with, and by an engine of which key: any, or only the named worker's. */
export type InferenceRequest = SampleRequest & ByEngine & { workerId?: string };

/** One piece of an answer; the last one is `done`. */
export type SampleEvent = Exclude<SampleLine, { type: "error" }>;

/** Tokens of a file's rows by the tokenizer of a base model, and what becomes of rows that are too long. */
export type CountedTokens = Result<CountTokensLine>;

/** Steps, seconds (null where it does not fit) and memory in bytes of a run that is not started yet. */
export type RunEstimate = Result<EstimateLine>;

/** `origin`: the request that asks; left out: nobody did, as for a side job. */
type Options = { signal: AbortSignal; origin?: Origin | undefined };

/**
 * The port through which procedures reach engines; the host finds a live worker behind it.
 *
 * Every call throws LoraloomError `model_not_loaded` when no worker answers in time, `worker_unreachable` when
 * one falls silent in the middle, `request_cancelled` once it is aborted, and whatever the worker reports.
 */
export type Inference = {
  /** Streams an answer; aborting ends it within a step. */
  sample: (request: InferenceRequest, options: Options) => AsyncIterable<SampleEvent>;
  /**
   * Counts a stored file's tokens as a run would read it; takes as long as the file is large.
   *
   * @throws LoraloomError `dataset_changed`, `invalid_training_file`, `speaker_not_found`, `over_length`
   */
  countTokens: (request: CountTokensRequest & ByEngine, options: Options) => Promise<CountedTokens>;
  /**
   * What a run over so many examples would take.
   *
   * @throws LoraloomError `unknown_target_modules`
   */
  estimate: (request: EstimateRequest & ByEngine, options: Options) => Promise<RunEstimate>;
};

/** The port as one request uses it, which stands in the log of each worker that is asked. */
export const askedBy = (origin: Origin, inference: Inference): Inference => ({
  sample: (request, options) => inference.sample(request, { origin, ...options }),
  countTokens: (request, options) => inference.countTokens(request, { origin, ...options }),
  estimate: (request, options) => inference.estimate(request, { origin, ...options }),
});
