import type { SampleLine, SampleRequest } from "@loraloom/store/workers";
import type { EngineStream } from "../engine/connection.ts";
import { noEngine } from "../engine/load-engine.ts";
import type { EngineEventOf } from "../engine/protocol.ts";
import { findAnswerer } from "./answerer.ts";
import type { Serving } from "./serving.ts";

type Sampling = Pick<Serving, "engine" | "adapters" | "store" | "log">;

/**
 * Answers a conversation piece by piece; an aborted signal ends the answer as `cancelled`.
 *
 * @throws LoraloomError `prompt_too_long`, `version_not_found`, `run_not_training`, `corrupt_adapter`,
 * `engine_crashed`, …
 */
export async function* sampleLines(
  serving: Sampling,
  request: SampleRequest,
  signal: AbortSignal,
): AsyncGenerator<SampleLine> {
  await using answerer = await findAnswerer(serving, request.adapter);
  if (signal.aborted) return;
  const stream = serving.engine.open("sample", {
    messages: request.messages,
    ...answerer.voice,
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    top_k: request.topK,
    top_p: request.topP,
    min_p: request.minP,
    repetition_penalty: request.repetitionPenalty,
    seed: request.seed,
    stop: request.stop,
    logprobs: request.logprobs,
    template_variables: answerer.templateVariables,
  });
  const onAbort = () => void cancel(serving, stream);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    yield* linesOf(stream, signal);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function* linesOf(stream: EngineStream, signal: AbortSignal): AsyncGenerator<SampleLine> {
  for await (const event of stream.events) {
    if (event.type === "token") yield tokenLine(event);
    if (event.type !== "sampled") continue;
    // Nobody here asked for it: the engine was told to end.
    if (event.finish_reason === "cancelled" && !signal.aborted) throw noEngine();
    yield doneLine(event);
  }
}

const tokenLine = ({ text, logprobs }: EngineEventOf<"token">): SampleLine => ({
  type: "token",
  text,
  ...(logprobs && {
    logprobs: logprobs.map(({ top, ...chosen }) => ({ ...named(chosen), top: top.map(named) })),
  }),
});

type EngineAlternative = { token_id: number; text: string; logprob: number };

const named = ({ token_id: tokenId, ...rest }: EngineAlternative) => ({ tokenId, ...rest });

const doneLine = (event: EngineEventOf<"sampled">): SampleLine => ({
  type: "done",
  finishReason: event.finish_reason,
  promptTokens: event.prompt_tokens,
  completionTokens: event.completion_tokens,
  seconds: event.seconds,
  step: event.step,
});

const cancel = async ({ engine, log }: Sampling, { id }: EngineStream): Promise<void> => {
  try {
    await engine.ask("cancel_sample", { sample_id: id });
  } catch (error) {
    log.debug({ err: error }, "there was no sample to cancel");
  }
};
