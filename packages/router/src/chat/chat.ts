import type { AvatarScope } from "@loraloom/store/keys";
import type { z } from "zod";
import { whileAllowed } from "../access/while-allowed.ts";
import type { Services } from "../context.ts";
import type { SampleEvent } from "../inference.ts";
import { avatarProcedure } from "../procedure.ts";
import { asyncIterable } from "../schemas/async-iterable.ts";
import { text } from "../schemas/text.ts";
import { runId } from "../train/run-schema.ts";
import { chatEventSchema, chatShape } from "./chat-schemas.ts";
import { findAnswerer } from "./find-answerer.ts";
import { explainSilence } from "./find-run.ts";

const inputShape = {
  /**
   * `base` (the adapter's, or the default one where there is no adapter), `current`, or a version's id;
   * `current` where no run is named either.
   */
  version: text.min(1).max(64).optional(),
  /** A run that trains: its newest step answers, with the same weights to the answer's end. */
  runId: runId.optional(),
  ...chatShape,
};
type ChatInput = z.output<z.ZodObject<typeof inputShape>>;
type ChatEvent = z.output<typeof chatEventSchema>;

/**
 * Answers a conversation token by token: by the base model, a version of the avatar's adapter, or a run. A key or a
 * share that ends meanwhile ends the answer.
 */
export const chat = avatarProcedure("write", inputShape)
  .output(asyncIterable(chatEventSchema))
  .mutation(async function* ({ ctx, input, signal }) {
    using _open = ctx.streams.open(ctx.caller);
    const { lookAgainMilliseconds } = ctx.streams;
    const { checkAgain } = ctx;
    yield* whileAllowed({ lookAgainMilliseconds, checkAgain, signal }, (signal) =>
      answer({ ...ctx, signal }, input),
    );
  });

type Answering = Services & { avatar: AvatarScope; signal: AbortSignal };

async function* answer(ctx: Answering, input: ChatInput): AsyncGenerator<ChatEvent, void> {
  const { target, version } = await findAnswerer(ctx, ctx.avatar, input);
  const { messages, maxTokens, temperature, topP, minP, repetitionPenalty, stop, runId } = input;
  const { topK = null, seed = null, logprobs = null } = input;
  const sampling = { maxTokens, temperature, topK, topP, minP, repetitionPenalty, seed, stop, logprobs };
  try {
    const events = ctx.inference.sample({ ...target, messages, ...sampling }, { signal: ctx.signal });
    for await (const event of events)
      yield event.type === "done" ? doneEvent(event, { version, runId }) : event;
  } catch (error) {
    throw runId ? await explainSilence(ctx.store, ctx.avatar, { runId, error }) : error;
  }
}

type Done = Extract<SampleEvent, { type: "done" }>;

const doneEvent = ({ step, ...done }: Done, told: { version: string | null; runId: string | undefined }) => ({
  ...done,
  version: told.version,
  run: told.runId === undefined || step === null ? null : { id: told.runId, step },
});
