import type { SampleLine, SampleRequest } from "@loraloom/store/workers";

/** What a conversation is answered with, and by an engine of which key. */
export type InferenceRequest = SampleRequest & { engineKey: string };

/** One piece of an answer; the last one is `done`. */
export type SampleEvent = Exclude<SampleLine, { type: "error" }>;

/** The port through which procedures reach engines; the host finds a live worker behind it. */
export type Inference = {
  /**
   * Streams an answer; aborting ends it within a step.
   *
   * @throws LoraloomError `model_not_loaded` when no worker answers in time, `worker_unreachable` when one
   * falls silent in the middle, and whatever the worker reports
   */
  sample: (request: InferenceRequest, options: { signal: AbortSignal }) => AsyncIterable<SampleEvent>;
};
