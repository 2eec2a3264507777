import { avatarFolders } from "@loraloom/store/keys";
import { copyOriginal } from "@loraloom/store/uploads";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { otherFolderOf } from "../files/about-folders.ts";
import { fileName, fileSchema } from "../files/file-schemas.ts";
import { toApiFile } from "../files/to-api-file.ts";
import { inspect } from "../inspection/inspect.ts";
import { avatarMutation } from "../procedure.ts";
import { text } from "../schemas/text.ts";

/** Makes training data of a document or a text that lies in another folder of the avatar, or of its user. */
export const copyFrom = avatarMutation("write", {
  folder: text.min(1).max(100),
  name: fileName,
  /** Left out: the same name. */
  as: fileName.optional(),
  /** Left out: a replaced file keeps its flag and a new one is used. */
  useForTraining: z.boolean().optional(),
})
  .meta({ again: true })
  .output(fileSchema)
  .mutation(async ({ ctx, input: { folder, name, as, useForTraining } }) => {
    const { store, avatar } = ctx;
    const isOfAvatar = avatarFolders.some((known) => known === folder);
    const owner = { userId: avatar.userId, ...(isOfAvatar && { avatarId: avatar.avatarId }) };
    const from = { ...(await otherFolderOf(ctx, { folder, ...owner }, "read")), name };
    const file = await copyOriginal(store, avatar, { from, as, useForTraining, inspect });
    await audit(ctx, { action: "file-copied", subject: file.name });
    return toApiFile(file);
  });
