import type { Caller } from "./caller.ts";
import { requireScope, requireService } from "./owner.ts";

/**
 * Lets a request pass that shows a service key with the scope `admin`: what `serviceProcedure` does for procedures,
 * for routes that are none.
 *
 * @throws LoraloomError `missing_scope`
 */
export const requireOperator = (caller: Caller): void => {
  requireScope(caller, "admin");
  requireService(caller);
};
