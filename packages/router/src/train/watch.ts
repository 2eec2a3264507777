import { getRun } from "@loraloom/store/runs";
import { tracked } from "@trpc/server";
import { z } from "zod";
import { whileAllowed } from "../access/while-allowed.ts";
import { avatarProcedure } from "../procedure.ts";
import { trackedIterable } from "../schemas/async-iterable.ts";
import { runEventSchema } from "./run-event-schema.ts";
import { runId } from "./run-schema.ts";

const eventNumber = z.union([z.string().regex(/^\d{1,15}$/, "must be an event's number"), z.int().min(0)], {
  error: "must be an event's number",
});

/**
 * A run's events, each once and in order: those that were, then each as it happens; ends after the last
 * one. A watcher that was cut off goes on after the event whose number it names; one whose key or share ends meanwhile
 * sees no more.
 */
export const watch = avatarProcedure("read", { runId, lastEventId: eventNumber.nullish() })
  .output(trackedIterable(runEventSchema))
  .subscription(async function* ({ ctx, input, signal }) {
    using _open = ctx.streams.open(ctx.caller);
    const run = await getRun(ctx.store, ctx.avatar, input.runId);
    const after = Number(input.lastEventId ?? 0);
    const { watcher, checkAgain } = ctx;
    const events = whileAllowed({ checkAgain, signal }, (signal) => watcher.watch(run.id, { after, signal }));
    for await (const event of events) yield tracked(String(event.seq), event);
  });
