import { setUserSecret } from "@loraloom/store/secrets";
import { audit } from "../access/audit.ts";
import { userMutation } from "../procedure.ts";
import { secretName, secretSchema, secretValue } from "./secret-schemas.ts";

/** Keeps a secret of the user, encrypted; one of that name is replaced. Nobody can read it again. */
export const set = userMutation("write", { name: secretName, value: secretValue })
  .meta({ again: true, input: "secret" })
  .output(secretSchema)
  .mutation(async ({ ctx, input: { name, value } }) => {
    const { userId } = ctx;
    const secret = await setUserSecret(ctx.store, { userId, name }, value);
    await audit({ ...ctx, avatar: { userId, avatarId: null } }, { action: "secret-set", subject: name });
    return secret;
  });
