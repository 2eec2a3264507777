/** Idempotency keys: a mutation that comes again is done once, and answered as the first time. */
import { LoraloomError } from "@loraloom/errors";
import type { Logger, Store } from "@loraloom/store";
import {
  type Claim,
  type Claimed,
  claimCall,
  keepWorking,
  recordAnswer,
  recordUnknown,
  releaseKey,
} from "@loraloom/store/idempotency";
import type { TRPCError } from "@trpc/server";
// What a middleware answers with is named there only; the version is pinned.
import { type MiddlewareResult, middlewareMarker } from "@trpc/server/unstable-core-do-not-import";
import superjson, { type SuperJSONResult } from "superjson";
import { z } from "zod";
import type { Caller } from "../access/caller.ts";
import { codedError } from "../errors/coded-error.ts";
import { text } from "../schemas/text.ts";
import { hashRequest } from "./hash-request.ts";
import type { RepeatMeta } from "./meta.ts";

/** What every mutation takes beside its own input. */
export const idempotencyShape = {
  /** The same key with the same input is done once and answered as the first time, for 24 hours. */
  idempotencyKey: text.min(1).max(200).optional(),
};
const idempotencyInput = z.object(idempotencyShape);

type MutationCall = {
  ctx: { store: Store; log: Logger; caller: Caller };
  /** Whose things it is about; undefined: it is about the service. */
  owner: string | undefined;
  avatarId?: string | null | undefined;
  path: string;
  input: object;
  meta: RepeatMeta | undefined;
};
/** A call with a key; `made` is what an earlier try has recorded before its process was gone. */
export type Repeatable = { claim: Claim; made: string | null };

/**
 * Does a call, unless it was done before.
 *
 * @param work gets the claim, to record what it makes in the transaction that makes it
 * @throws LoraloomError as `claimCall`; `master_key_unusable` for an input that holds a secret; `answer_not_kept` for an answer that held a secret or is kept no longer,
 * `rotation_not_kept` for one with another secret of what is in use
 */
export const answerOnce = async <Ctx>(
  call: MutationCall,
  work: (repeatable: Repeatable | undefined) => Promise<MiddlewareResult<Ctx>>,
): Promise<MiddlewareResult<Ctx>> => {
  const { idempotencyKey: key } = idempotencyInput.parse(call.input);
  if (key === undefined) return work(undefined);
  const { store } = call.ctx;
  const { again = false, answer } = call.meta ?? {};
  const taking = { again: again || answer === "anew", kept: answer !== "anew" };
  const claimed = await claimCall(store, { ...(await identify(call)), key }, taking);
  if (claimed.is === "answered")
    return { ok: true, data: answeredBefore(call, claimed), marker: middlewareMarker };
  using _working = keepWorking(store, claimed.claim);
  const outcome = await work(claimed);
  await settle(call, claimed.claim, outcome);
  return outcome;
};

/** Keys belong to who calls: of a share's members each has its own. */
const identify = async (call: MutationCall) => {
  const { ctx, owner, avatarId = null, path } = call;
  const [requestHash, ...formerHashes] = await hashesOf(call);
  return {
    userId: ctx.caller.userId ?? owner ?? "",
    ...{ ownerId: owner ?? null, avatarId },
    procedure: path,
    ...{ requestHash, formerHashes },
  };
};

/**
 * The one to note, and those that it may have been noted by: a bare hash would be guessed where a secret is short. With
 * no master key it is refused, as what is done with the secret would be.
 *
 * @throws LoraloomError `master_key_unusable`
 */
const hashesOf = async ({ ctx, owner, input, meta }: MutationCall): Promise<[string, ...string[]]> => {
  const bare = hashRequest({ owner, input });
  if (meta?.input !== "secret") return [bare];
  const [current, ...older] = await ctx.store.masterKeys.macs(bare);
  // Hosts of the version before note the bare one.
  return [current, ...older, bare];
};

const answeredBefore = (
  { path, meta }: MutationCall,
  { answer, made }: Extract<Claimed, { is: "answered" }>,
): unknown => {
  if (meta?.answer === "next-secret") throw rotationNotKept(path, made);
  if (answer === null) throw notKept(path, made);
  return superjson.deserialize(answer as SuperJSONResult);
};

const notKept = (path: string, made: string | null): LoraloomError => {
  const what = made === null ? "" : `, and what it was about or has made is '${made}'`;
  return new LoraloomError("answer_not_kept", `'${path}' was done${what}; its answer is not kept.`, {
    details: { made },
  });
};

const rotationNotKept = (path: string, id: string | null): LoraloomError =>
  new LoraloomError(
    "rotation_not_kept",
    `'${path}' was done: '${id}' has another secret, which was told once and is not kept.`,
    { details: { id } },
  );

/** A call that is done is answered as done, whether or not that could be written down. */
const settle = async (
  { ctx, meta }: MutationCall,
  claim: Claim,
  outcome: MiddlewareResult<unknown>,
): Promise<void> => {
  const { store, log } = ctx;
  try {
    if (!outcome.ok)
      await (mayBeDone(outcome.error) ? recordUnknown(store, claim) : releaseKey(store, claim));
    else await recordAnswer(store, claim, keptOf(outcome.data, meta));
  } catch (error) {
    log.warn({ err: error, key: claim.key }, "how a call ended could not be kept for its repeats");
  }
};

/** An error of ours is told before anything is changed; a lost database may have done what it was told. */
const mayBeDone = (error: TRPCError): boolean => {
  const { code } = codedError(error);
  return code === "database_unavailable" || code === "internal";
};

const keptOf = (data: unknown, meta: RepeatMeta | undefined) => ({
  made: idSchema.safeParse(data).data?.id ?? null,
  ...(meta?.answer === undefined && { answer: superjson.serialize(data) }),
});

const idSchema = z.object({ id: z.string() });
