import { addAbortListener } from "node:events";
import { LoraloomError } from "@loraloom/errors";
import type { RunEvent } from "@loraloom/store/events";
import { getRun, type Run } from "@loraloom/store/runs";
import { type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";
import { whileAllowed } from "../access/while-allowed.ts";
import { avatarProcedure } from "../procedure.ts";
import { trackedIterable } from "../schemas/async-iterable.ts";
import { runEventSchema } from "./run-event-schema.ts";
import { runId } from "./run-schema.ts";

/** The number of an event, as the last one seen. */
export const eventNumber = z.union(
  [z.string().regex(/^\d{1,15}$/, "must be an event's number"), z.int().min(0)],
  {
    error: "must be an event's number",
  },
);

/**
 * A run's events, each once and in order: those that were, then each as it happens; ends after the last
 * one. A watcher that was cut off goes on after the event whose number it names; one whose key or share ends meanwhile
 * sees no more.
 */
export const watch = avatarProcedure("read", { runId, lastEventId: eventNumber.nullish() })
  .output(trackedIterable(runEventSchema))
  .subscription(async ({ ctx, input, signal }) => {
    const { watcher, streams, caller, checkAgain } = ctx;
    const run = await getRun(ctx.store, ctx.avatar, input.runId);
    const after = Number(input.lastEventId ?? 0);
    requireSeen(run, after);
    const place = streams.open(caller);
    // What is never read never ends by itself.
    if (signal) addAbortListener(signal, () => place[Symbol.dispose]());
    const { lookAgainMilliseconds } = streams;
    const events = whileAllowed({ lookAgainMilliseconds, checkAgain, signal }, (signal) =>
      watcher.watch(run.id, { after, signal }),
    );
    return trackEvents(events, place);
  });

/** Whoever has seen events that are not there would miss those that get their numbers. */
const requireSeen = ({ id, eventSeq }: Run, after: number): void => {
  if (after <= eventSeq) return;
  throw new LoraloomError(
    "bad_input",
    `lastEventId = ${after}: the newest event of run '${id}' has the number ${eventSeq}.`,
    { details: { runId: id, newestEventId: eventSeq } },
  );
};

/** Keeps its place among the open streams until the last item. */
async function* trackEvents(
  events: AsyncIterable<RunEvent>,
  place: Disposable,
): AsyncGenerator<TrackedEnvelope<RunEvent>, void> {
  using _place = place;
  for await (const event of events) yield tracked(String(event.seq), event);
}
