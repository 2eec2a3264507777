import { LoraloomError } from "@loraloom/errors";
import { createApiKey, requireFuture } from "@loraloom/store/access";
import { checkUserId } from "@loraloom/store/keys";
import type { KeyScope } from "@loraloom/store/tables";
import { z } from "zod";
import { serviceMutation } from "../procedure.ts";
import { futureDate } from "../schemas/future-date.ts";
import { auditKey } from "./audit-key.ts";
import { keyName, newKeySchema, scopesSchema } from "./key-schemas.ts";

const userScopes: KeyScope[] = ["read", "write", "train"];

/** Makes a key for one user, or one that acts for all. */
export const create = serviceMutation({
  kind: z.enum(["user", "service"]),
  /** Of a user key. */
  userId: z.string().optional(),
  name: keyName,
  scopes: scopesSchema.min(1).max(4).default(userScopes),
  /** Left out: never. */
  expiresAt: futureDate.optional(),
})
  .meta({ answer: "secret" })
  .output(newKeySchema)
  .mutation(async ({ ctx, input }) => {
    checkOwner(input);
    checkScopes(input);
    await requireFuture(ctx.store, input.expiresAt);
    const { key, record } = await createApiKey(ctx.store, input);
    await auditKey(ctx, record, "key-created");
    return { ...record, key };
  });

const checkOwner = ({ kind, userId }: { kind: "user" | "service"; userId?: string | undefined }): void => {
  if (userId !== undefined) checkUserId(userId);
  if (kind === "user" && userId === undefined)
    throw new LoraloomError("user_required", "userId is missing: a user key acts for one user.");
  if (kind === "service" && userId !== undefined)
    throw new LoraloomError("bad_input", `userId = '${userId}': a service key acts for every user.`);
};

/** What needs `admin` needs a service key as well: a user's key with that scope would open nothing by it. */
const checkScopes = ({ kind, scopes }: { kind: "user" | "service"; scopes: KeyScope[] }): void => {
  if (kind === "user" && scopes.includes("admin"))
    throw new LoraloomError("bad_input", "scopes = 'admin': only a service key may have it, not a user's.");
};
