import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { type Erasure, eraseScope, previewErasure } from "@loraloom/store/erase";
import type { FileScope } from "@loraloom/store/keys";
import { doneBy } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";

type Asked = { confirm?: string | undefined; dryRun: boolean };
type Asking = { store: Store; caller: Caller };

/**
 * Erases an avatar or a user, or only says what there is.
 *
 * @throws LoraloomError `erasure_not_confirmed`, and what {@link eraseScope} throws
 */
export const erase = async (
  { store, caller }: Asking,
  scope: FileScope,
  { confirm, dryRun }: Asked,
): Promise<Erasure & { dryRun: boolean }> => {
  if (dryRun) return { ...(await previewErasure(store, scope)), objectsRemoved: false, dryRun };
  requireConfirmed(scope.avatarId ?? scope.userId, confirm);
  const erased = await eraseScope(store, scope, doneBy(caller));
  return { ...erased, dryRun };
};

const requireConfirmed = (id: string, confirm: string | undefined): void => {
  if (confirm === id) return;
  throw new LoraloomError(
    "erasure_not_confirmed",
    confirm === undefined
      ? `confirm is missing: to erase '${id}', it has to be '${id}'.`
      : `confirm names something else than '${id}', which is to be erased.`,
  );
};
