import type { Logger, Store } from "@loraloom/store";
import { requireNotErased } from "@loraloom/store/erase";
import type { FileScope } from "@loraloom/store/keys";
import type { TRPCError } from "@trpc/server";
import { codedError } from "../errors/coded-error.ts";

type Ended = { ok: true } | { ok: false; error: TRPCError };

/**
 * How a call ended. One that went on while its avatar or its user was erased may have failed by that at any point of it.
 *
 * @throws LoraloomError `avatar_erased`, `user_erased`
 */
export const orErased = async <Result extends Ended>(
  { store, log }: { store: Store; log: Logger },
  scope: FileScope,
  result: Result,
): Promise<Result> => {
  if (result.ok || codedError(result.error).code !== "internal") return result;
  log.info({ err: result.error }, "a call failed by itself, or by the erasure of what it was about");
  await requireNotErased(store.db, scope);
  return result;
};
