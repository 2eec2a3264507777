import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import type { RunConfig, RunInput } from "../tables/runs.ts";
import { requireStart } from "../usage/require-start.ts";
import { onceFilesSettle } from "./await-settled-files.ts";
import { checkInputs, type InputFile } from "./check-inputs.ts";
import { type Reading, shareSettledFiles } from "./share-files.ts";

/** What a run reads of the files that it shares. @throws LoraloomError as `checkInputs` */
export const selectInputs = (selected: InputFile[], reading: Reading): RunInput[] => {
  checkInputs(selected, reading);
  return selected.map(inputOf);
};

/** The files that a run would read, and why it would not be started. */
export type PreviewedInputs = { files: InputFile[]; refusal: LoraloomError | undefined };

/**
 * What a run that starts now would read, and why it would be refused.
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
      const reading = { scope, config };
      const selected = (await shareSettledFiles(tx, [reading]).execute())(reading);
      const refusal = await refusalOf(async () => {
        await requireStart(tx, scope.userId);
        checkInputs(selected, reading);
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

const inputOf = ({ id, name, etag, sha256, kind }: InputFile): RunInput => {
  if (sha256 === null) throw new Error(`The file ${id} passed the checks without a hash`);
  return { fileId: id, name, etag, sha256, role: kind === "training_data" ? "train" : "evaluation" };
};
