/** One set of procedures over files, for every folder there is. */
import type { Folder } from "@loraloom/store/keys";
import type { KeyScope } from "@loraloom/store/tables";
import { z } from "zod";
import { orErased } from "../access/or-erased.ts";
import { type Asking, type Use, useOf } from "../access/owner.ts";
import { answerOnce, idempotencyShape } from "../idempotency/answer-once.ts";
import { callerProcedure } from "../procedure.ts";
import { knownOptions } from "../schemas/known-options.ts";

/** How the input of a call says which folder it is about. */
export type About<Shape extends z.ZodRawShape, Where extends Folder = Folder> = {
  shape: Shape;
  /** @throws LoraloomError as `avatarOf`, `ownerOf` and `checkFolder` do */
  folderOf: (asking: Asking, input: unknown, use: Use) => Promise<Where>;
};

/** A call about one folder: the caller's key has the scope, and the folder is the caller's or of an avatar shared with that user. */
export const folderProcedure = <
  Base extends z.ZodRawShape,
  Where extends Folder,
  Shape extends z.ZodRawShape,
>(
  about: About<Base, Where>,
  scope: KeyScope,
  shape: Shape,
) => {
  // What the procedure itself asks for, whatever says which folder it is about.
  const options = z.object(shape);
  return callerProcedure(scope)
    .input(knownOptions({ ...about.shape, ...shape }))
    .use(async ({ ctx, getRawInput, next }) => {
      const input = await getRawInput();
      const folder = await about.folderOf(ctx, input, useOf(scope));
      const found = { folder, avatar: folder, options: options.parse(input) };
      return orErased(ctx, folder, await next({ ctx: found }));
    });
};

/** As {@link folderProcedure}, for what changes something. */
export const folderMutation = <Base extends z.ZodRawShape, Where extends Folder, Shape extends z.ZodRawShape>(
  about: About<Base, Where>,
  scope: KeyScope,
  shape: Shape,
) =>
  folderProcedure({ ...about, shape: { ...about.shape, ...idempotencyShape } }, scope, shape).use(
    ({ ctx, next, ...call }) =>
      answerOnce({ ...call, ctx, owner: ctx.folder.userId, avatarId: ctx.folder.avatarId }, (repeatable) =>
        next({ ctx: { repeatable } }),
      ),
  );
