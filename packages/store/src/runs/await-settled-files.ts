import { setTimeout as sleep } from "node:timers/promises";
import { LoraloomError } from "@loraloom/errors";
import { and, eq, inArray } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import type { FileKind } from "../tables/files.ts";
import { files, uploads } from "../tables/index.ts";
import type { RunConfig } from "../tables/runs.ts";

/** An upload is copied to its place, and a file inspected, within seconds. */
const waitMilliseconds = 20_000;
const pollMilliseconds = 200;

/** The kinds of file that a run reads. */
export const kindsOf = ({ evaluation }: RunConfig): FileKind[] =>
  evaluation.kind === "files" ? ["training_data", "evaluation_data"] : ["training_data"];

/**
 * Waits until no upload is on its way to its place and no file is being inspected, so that a run learns
 * from what its caller has just completed.
 *
 * @throws LoraloomError `storage_unavailable` after 20 s
 */
export const awaitSettledFiles = async (
  store: Store,
  scope: AvatarScope,
  config: RunConfig,
): Promise<void> => {
  const deadline = performance.now() + waitMilliseconds;
  for (;;) {
    const names = await unsettledNames(store, scope, kindsOf(config));
    if (names.length === 0) return;
    if (performance.now() > deadline) throw notSettled(names);
    await sleep(pollMilliseconds);
  }
};

const notSettled = (names: string[]): LoraloomError =>
  new LoraloomError(
    "storage_unavailable",
    `Files are still being stored or inspected: ${names.join(", ")}.`,
    {
      details: { names },
    },
  );

/** A few are enough to name. */
const maxNames = 10;

const unsettledNames = async (store: Store, scope: AvatarScope, kinds: FileKind[]): Promise<string[]> => {
  const { userId, avatarId } = scope;
  const completing = store.db
    .select({ name: uploads.name })
    .from(uploads)
    .where(
      and(
        eq(uploads.userId, userId),
        eq(uploads.avatarId, avatarId),
        inArray(uploads.kind, kinds),
        eq(uploads.state, "completing"),
      ),
    );
  const inspecting = store.db
    .select({ name: files.name })
    .from(files)
    .where(
      and(
        eq(files.userId, userId),
        eq(files.avatarId, avatarId),
        inArray(files.kind, kinds),
        eq(files.state, "inspecting"),
      ),
    );
  const rows = await completing.union(inspecting).limit(maxNames);
  return rows.map((row) => row.name);
};
