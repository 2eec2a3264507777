import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import { and, asc, eq, inArray, ne, or } from "drizzle-orm";
import { ofScope } from "../files/in-folder.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import type { RunConfig, RunInput } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { requireStart } from "../usage/require-start.ts";
import { kindsOf, onceFilesSettle, requireSettledFiles } from "./await-settled-files.ts";
import { checkInputs, type InputFile } from "./check-inputs.ts";

/**
 * The files that a run starting now reads. Their rows can't change or go until the transaction ends.
 *
 * @throws LoraloomError as `checkInputs`; FilesUnsettled while one is on its way
 */
export const selectInputs = async (
  tx: Transaction,
  scope: AvatarScope,
  config: RunConfig,
): Promise<RunInput[]> => {
  const selected = await shareSettledFiles(tx, scope, config);
  checkInputs(selected, { scope, config });
  return selected.map(inputOf);
};

/** The files that a run would read, and why it would not be started. */
export type PreviewedInputs = { files: InputFile[]; refusal: LoraloomError | undefined };

/**
 * What {@link selectInputs} would select and refuse.
 *
 * @throws LoraloomError `files_not_ready` (not put in place or inspected within 20 s)
 */
export const previewInputs = (
  store: Store,
  scope: AvatarScope,
  config: RunConfig,
): Promise<PreviewedInputs> =>
  onceFilesSettle(() =>
    store.db.transaction(async (tx) => {
      const selected = await shareSettledFiles(tx, scope, config);
      const refusal = await refusalOf(async () => {
        await requireStart(tx, scope.userId);
        checkInputs(selected, { scope, config });
      });
      return { files: selected, refusal };
    }),
  );

const refusalOf = async (check: () => Promise<void>): Promise<LoraloomError | undefined> => {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (isLoraloomError(error)) return error;
    throw error;
  }
};

const shareSettledFiles = async (
  tx: Transaction,
  scope: AvatarScope,
  config: RunConfig,
): Promise<InputFile[]> => {
  const selected = await shareFiles(tx, scope, config);
  // Afterwards: while a row's lock was waited for its file may have been replaced.
  await requireSettledFiles(tx, scope, config);
  return selected;
};

const shareFiles = (tx: Transaction, scope: AvatarScope, config: RunConfig): Promise<InputFile[]> =>
  tx
    .select()
    .from(files)
    .where(
      and(
        ofScope(files, scope),
        inArray(files.kind, kindsOf(config)),
        or(eq(files.kind, "evaluation_data"), eq(files.used, true)),
        ne(files.state, "deleting"),
      ),
    )
    // One order for all, so that two never wait for each other.
    .orderBy(asc(files.id))
    .for("share");

const inputOf = ({ id, name, etag, sha256, kind }: InputFile): RunInput => {
  if (sha256 === null) throw new Error(`The file ${id} passed the checks without a hash`);
  return { fileId: id, name, etag, sha256, role: kind === "training_data" ? "train" : "evaluation" };
};
