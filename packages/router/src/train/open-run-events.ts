import type { LoraloomError } from "@loraloom/errors";
import { findRunOfUser, type Run, runNotFound } from "@loraloom/store/runs";
import { isTrackedEnvelope } from "@trpc/server";
import { z } from "zod";
import type { Caller } from "../access/caller.ts";
import { namedOwner, ownerOf, requireScope } from "../access/owner.ts";
import type { Context } from "../context.ts";
import { createRouter } from "../create-router.ts";
import { inputError } from "../errors/input-error.ts";
import { observeRefusal } from "../observe-call.ts";
import { knownOptions } from "../schemas/known-options.ts";
import { t } from "../trpc.ts";
import type { ApiRunEvent } from "./run-event-schema.ts";
import { runId } from "./run-schema.ts";
import { eventNumber } from "./watch.ts";

const createCaller = t.createCallerFactory(createRouter());

/** What a plain HTTP request says, as texts. */
const requestSchema = knownOptions({
  runId,
  userId: z.string().optional(),
  lastEventId: eventNumber.optional(),
});

export type RunEventsRequest = { runId: string; userId?: string; lastEventId?: string };
export type OpenedRunEvents = {
  /** Whether nothing is left: the run has ended and all of it was seen. */
  isOver: boolean;
  events: AsyncIterable<ApiRunEvent>;
};

/**
 * The procedure `train.watch` for who names a run alone: its avatar is looked up among those of the user that the
 * caller acts for.
 *
 * @throws LoraloomError `bad_input`, `run_not_found`, those of keys and owners; TRPCError: those of the procedure
 */
export const openRunEvents = async (
  context: Context,
  request: RunEventsRequest,
  signal: AbortSignal,
): Promise<OpenedRunEvents> => {
  const { asked, run } = await observeRefusal(context, "train.watch", () => findAsked(context, request));
  const { userId } = run;
  const events = await createCaller(context, { signal }).train.watch({
    ...asked,
    userId,
    avatarId: run.avatarId,
  });
  return { isOver: isOver(run, Number(asked.lastEventId ?? 0)), events: untracked(events) };
};

type Asked = { asked: z.output<typeof requestSchema>; run: Run };

const findAsked = async (context: Context, request: RunEventsRequest): Promise<Asked> => {
  const caller = await context.resolveCaller();
  requireScope(caller, "read");
  const asked = parseRequest(request);
  const userId = namedOwner(caller, asked.userId);
  const run = await findRunOfUser(context.services().store, userId, asked.runId);
  if (!run) throw notFoundFor(caller, { userId, runId: asked.runId });
  return { asked, run };
};

/** Of another user's run nobody learns that it is not there; of one that is, the procedure decides. */
const notFoundFor = (caller: Caller, { userId, runId }: { userId: string; runId: string }): LoraloomError => {
  ownerOf(caller, userId);
  return runNotFound(runId);
};

const parseRequest = (request: RunEventsRequest): z.output<typeof requestSchema> => {
  const parsed = requestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  throw inputError(parsed.error, request);
};

/** Inside the process a procedure's items come as they are; its type is that of what clients get. */
async function* untracked(items: AsyncIterable<unknown>): AsyncGenerator<ApiRunEvent, void> {
  for await (const item of items) {
    if (!isTrackedEnvelope<ApiRunEvent>(item)) throw new TypeError("An event came without its id.");
    yield item[1];
  }
}

const isOver = ({ finishedAt, eventSeq }: Run, seen: number): boolean =>
  finishedAt !== null && seen >= eventSeq;
