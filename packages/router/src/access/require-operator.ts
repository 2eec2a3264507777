import type { Services } from "../context.ts";
import { resolveCaller } from "./caller.ts";
import { requireScope, requireService } from "./owner.ts";

/**
 * Lets a request pass that shows a service key with the scope `admin`: what `serviceProcedure` does for procedures,
 * for routes that are none.
 *
 * @throws LoraloomError `missing_key`, `invalid_key`, `revoked_key`, `expired_key`, `missing_scope`,
 * `database_unavailable`
 */
export const requireOperator = async (
  services: () => Services,
  authorization: string | undefined,
): Promise<void> => {
  const caller = await resolveCaller(services, authorization);
  requireScope(caller, "admin");
  requireService(caller);
};
