import type { Store } from "@loraloom/store";
import { type ApiKeyRecord, type AuditAction, writeAudit } from "@loraloom/store/access";
import { doneBy } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";

/** Notes who changed which key; one of a user's stands among what was changed of that user's. */
export const auditKey = (
  { store, caller }: { store: Store; caller: Caller },
  { id, userId }: Pick<ApiKeyRecord, "id" | "userId">,
  action: AuditAction & `key-${string}`,
): Promise<void> =>
  writeAudit(store, {
    ...doneBy(caller),
    ...(userId !== null && { userId }),
    action,
    subject: id,
  });
