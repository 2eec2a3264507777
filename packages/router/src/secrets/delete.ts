import { deleteUserSecret } from "@loraloom/store/secrets";
import { audit } from "../access/audit.ts";
import { userMutation } from "../procedure.ts";
import { secretName, secretSchema } from "./secret-schemas.ts";

/** Removes a secret of the user. */
export const deleteSecret = userMutation("write", { name: secretName })
  .output(secretSchema)
  .mutation(async ({ ctx, input: { name } }) => {
    const { userId } = ctx;
    const secret = await deleteUserSecret(ctx.store, { userId, name });
    await audit({ ...ctx, avatar: { userId, avatarId: null } }, { action: "secret-deleted", subject: name });
    return secret;
  });
