import type { KeyScope } from "@loraloom/store/tables";
import { z } from "zod";
import { orErased } from "./access/or-erased.ts";
import { avatarOf, ownerOf, requireScope, requireService, type Use, useOf } from "./access/owner.ts";
import { answerOnce, idempotencyShape } from "./idempotency/answer-once.ts";
import { askedBy } from "./inference.ts";
import { observedProcedure } from "./observe-call.ts";
import { knownOptions } from "./schemas/known-options.ts";

/** A call of somebody whose key has the scope. */
export const callerProcedure = (scope: KeyScope) =>
  observedProcedure.meta({ scope }).use(async ({ ctx, next }) => {
    const caller = await ctx.resolveCaller();
    requireScope(caller, scope);
    const services = ctx.services();
    const inference = askedBy(ctx.origin, services.inference);
    return next({ ctx: { ...services, inference, caller } });
  });

const userShape = {
  /** Whose things; a service key must name the user, a user key acts for its own. */
  userId: z.string().optional(),
};
const avatarShape = { avatarId: z.string(), ...userShape };
const userInput = z.object(userShape);
const avatarInput = z.object(avatarShape);

/**
 * A call about one avatar: the caller's key has the scope, and the avatar is the caller's or shared with that user.
 *
 * @param use what it does with the avatar, where the scope alone does not tell
 */
export const avatarProcedure = <Shape extends z.ZodRawShape>(
  scope: KeyScope,
  shape: Shape,
  use: Use = useOf(scope),
) =>
  callerProcedure(scope)
    .meta(use === "own" ? { only: "owner" } : {})
    .input(knownOptions({ ...avatarShape, ...shape }))
    .use(async ({ ctx, getRawInput, next }) => {
      const named = avatarInput.parse(await getRawInput());
      const avatar = await avatarOf(ctx, named, use);
      const checkAgain = async (): Promise<void> => {
        const caller = await ctx.resolveCallerAgain();
        requireScope(caller, scope);
        await avatarOf({ store: ctx.store, caller }, named, use);
      };
      return orErased(ctx, avatar, await next({ ctx: { avatar, checkAgain } }));
    });

/** As {@link avatarProcedure}, for what changes something. */
export const avatarMutation = <Shape extends z.ZodRawShape>(scope: KeyScope, shape: Shape, use?: Use) =>
  avatarProcedure(scope, { ...shape, ...idempotencyShape }, use).use(({ ctx, next, ...call }) =>
    answerOnce({ ...call, ctx, owner: ctx.avatar.userId, avatarId: ctx.avatar.avatarId }, (repeatable) =>
      next({ ctx: { repeatable } }),
    ),
  );

/** A call about all avatars of one user. */
export const userProcedure = <Shape extends z.ZodRawShape>(scope: KeyScope, shape: Shape) =>
  callerProcedure(scope)
    .input(knownOptions({ ...userShape, ...shape }))
    .use(async ({ ctx, getRawInput, next }) => {
      const { userId } = userInput.parse(await getRawInput());
      const owner = ownerOf(ctx.caller, userId);
      return orErased(ctx, { userId: owner, avatarId: null }, await next({ ctx: { userId: owner } }));
    });

/** As {@link userProcedure}, for what changes something. */
export const userMutation = <Shape extends z.ZodRawShape>(scope: KeyScope, shape: Shape) =>
  userProcedure(scope, { ...shape, ...idempotencyShape }).use(({ ctx, next, ...call }) =>
    answerOnce({ ...call, ctx, owner: ctx.userId }, (repeatable) => next({ ctx: { repeatable } })),
  );

/** A call about the whole service: only a service key with the scope `admin` makes it. */
export const serviceProcedure = <Shape extends z.ZodRawShape>(shape: Shape) =>
  callerProcedure("admin")
    .meta({ only: "service" })
    .use(({ ctx, next }) => {
      requireService(ctx.caller);
      return next();
    })
    .input(knownOptions(shape));

/** As {@link serviceProcedure}, for what changes something. */
export const serviceMutation = <Shape extends z.ZodRawShape>(shape: Shape) =>
  serviceProcedure({ ...shape, ...idempotencyShape }).use(({ ctx, next, ...call }) =>
    answerOnce({ ...call, ctx, owner: undefined }, (repeatable) => next({ ctx: { repeatable } })),
  );
