import { findAdapter, resolveVersion } from "@loraloom/store/adapters";
import type { AvatarScope } from "@loraloom/store/keys";
import type { Services } from "../context.ts";
import { resolveBase } from "../deployment.ts";
import type { InferenceRequest } from "../inference.ts";
import { avatarProcedure } from "../procedure.ts";
import { asyncIterable } from "../schemas/async-iterable.ts";
import { neverAborted } from "../schemas/never-aborted.ts";
import { text } from "../schemas/text.ts";
import { chatEventSchema, chatShape } from "./chat-schemas.ts";

/** Answers a conversation token by token, by the base model or by a version of the avatar's adapter. */
export const chat = avatarProcedure("write", {
  /** `base` (the adapter's, or the default one where there is no adapter), `current`, or a version's id. */
  version: text.min(1).max(64).default("current"),
  ...chatShape,
})
  .output(asyncIterable(chatEventSchema))
  .mutation(async function* ({ ctx, input: { version: asked, seed, ...input }, signal = neverAborted }) {
    const { version, ...target } = await resolveTarget(ctx, ctx.avatar, asked);
    const { messages, maxTokens, temperature, topP, stop } = input;
    const request = { ...target, messages, maxTokens, temperature, topP, stop, seed: seed ?? null };
    for await (const event of ctx.inference.sample(request, { signal })) {
      yield event.type === "done" ? { ...event, version } : event;
    }
  });

type Target = Pick<InferenceRequest, "engineKey" | "adapter"> & { version: string };

const resolveTarget = async (services: Services, avatar: AvatarScope, asked: string): Promise<Target> => {
  if (asked === "base") {
    const adapter = await findAdapter(services.store, avatar);
    const { engineKey } = await resolveBase(services, adapter?.baseModel);
    return { engineKey, adapter: null, version: "base" };
  }
  const version = await resolveVersion(services.store, avatar, asked === "current" ? undefined : asked);
  const { id, engineKey, userId, avatarId } = version;
  return { engineKey, adapter: { userId, avatarId, versionId: id }, version: id };
};
