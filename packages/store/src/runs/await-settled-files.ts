import { setTimeout as sleep } from "node:timers/promises";
import { LoraloomError } from "@loraloom/errors";
import { and, eq, inArray, type SQL } from "drizzle-orm";
import { ofScope } from "../files/in-folder.ts";
import type { AvatarScope, FileKind } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import type { RunConfig } from "../tables/runs.ts";

/** An upload is copied to its place, and a file inspected, within seconds. */
const waitMilliseconds = 20_000;
const pollMilliseconds = 200;
/** A few are enough to name. */
const maxNames = 10;

/** The kinds of file that a run reads. */
export const kindsOf = ({ evaluation }: RunConfig): FileKind[] =>
  evaluation.kind === "files" ? ["training_data", "evaluation_data"] : ["training_data"];

/** Rolls a start back that met a file on its way; the start is tried again and never answered with it. */
class FilesUnsettled extends Error {
  readonly names: string[];

  constructor(names: string[]) {
    super(`Not settled yet: ${names.join(", ")}`);
    this.names = names;
  }
}

/**
 * Tries a start until {@link requireSettledFiles} lets it through, so that a run learns from what its caller
 * has just completed.
 *
 * @param start one transaction; it is rolled back and comes again where it meets a file on its way
 * @throws LoraloomError `files_not_ready` after 20 s, and what the start throws
 */
export const onceFilesSettle = async <Started>(start: () => Promise<Started>): Promise<Started> => {
  const deadline = performance.now() + waitMilliseconds;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof FilesUnsettled)) throw error;
      if (performance.now() > deadline) throw notSettled(error);
    }
    await sleep(pollMilliseconds);
  }
};

const notSettled = (cause: FilesUnsettled): LoraloomError =>
  new LoraloomError(
    "files_not_ready",
    `Files are still being stored or inspected: ${cause.names.map((name) => `'${name}'`).join(", ")}.`,
    { details: { names: cause.names }, cause },
  );

/** @throws FilesUnsettled while an upload is on its way to its place or a file that is used is being inspected */
export const requireSettledFiles = async (
  db: Executor,
  scope: AvatarScope,
  config: RunConfig,
): Promise<void> => {
  const names = await unsettledNames(db, scope, kindsOf(config));
  if (names.length > 0) throw new FilesUnsettled(names);
};

const unsettledNames = async (db: Executor, scope: AvatarScope, kinds: FileKind[]): Promise<string[]> => {
  const ofKinds = (table: typeof uploads | typeof files): SQL | undefined =>
    and(ofScope(table, scope), inArray(table.kind, kinds));
  const completing = db
    .select({ name: uploads.name })
    .from(uploads)
    .where(and(ofKinds(uploads), eq(uploads.state, "completing")));
  const inspecting = db
    .select({ name: files.name })
    .from(files)
    // One that is left out of training holds nobody up.
    .where(and(ofKinds(files), eq(files.used, true), eq(files.state, "inspecting")));
  const rows = await completing.union(inspecting).limit(maxNames);
  return rows.map((row) => row.name);
};
