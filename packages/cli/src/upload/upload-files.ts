import { isLoraloomError, type StoredFile } from "@loraloom/client";
import type { DatasetFolder } from "../folders/dataset-folder.ts";
import type { Session } from "../session.ts";
import { atOnce } from "./at-once.ts";
import type { LocalFile } from "./find-files.ts";
import { untilInspected } from "./until-inspected.ts";
import { createUploadBoard } from "./upload-board.ts";

export type Outcome = { local: LocalFile } & ({ file: StoredFile } | { error: unknown });

export type UploadFilesOptions = {
  useForTraining?: boolean;
  /** How many at once. */
  parallel: number;
  /** Whether to wait for reports that take longer. */
  wait: boolean;
  onOutcome: (outcome: Outcome) => void;
};

/**
 * Uploads every file; one that is refused doesn't keep the others.
 *
 * @returns in the files' order
 * @throws what would refuse every file, such as a wrong key or a service that is not there
 */
export const uploadFiles = async (
  session: Session,
  { folder, files }: { folder: DatasetFolder; files: LocalFile[] },
  options: UploadFilesOptions,
): Promise<Outcome[]> => {
  const board = createUploadBoard(files, session.screen);
  const hopeless = new AbortController();
  const signal = AbortSignal.any([session.signal, hopeless.signal]);
  const outcomes = new Map<LocalFile, Outcome>();
  const uploadOne = async (local: LocalFile): Promise<StoredFile> => {
    board.sent(local, 0);
    const file = await folder.upload(local, {
      signal,
      useForTraining: options.useForTraining,
      onProgress: ({ loaded }) => board.sent(local, loaded),
    });
    if (!options.wait || file.state !== "inspecting") return file;
    board.inspecting(local);
    return untilInspected(() => folder.get(file.name), signal);
  };
  await atOnce(options.parallel, files, async (local) => {
    const outcome = await settle(local, uploadOne, signal).catch((error: unknown) => {
      hopeless.abort(error);
      throw error;
    });
    board.done(local);
    outcomes.set(local, outcome);
    options.onOutcome(outcome);
  });
  return files.flatMap((local) => outcomes.get(local) ?? []);
};

const settle = async (
  local: LocalFile,
  uploadOne: (local: LocalFile) => Promise<StoredFile>,
  signal: AbortSignal,
): Promise<Outcome> => {
  try {
    return { local, file: await uploadOne(local) };
  } catch (error) {
    signal.throwIfAborted();
    if (isAboutEveryFile(error)) throw error;
    return { local, error };
  }
};

const aboutEveryFile = [
  "network",
  "missing_key",
  "invalid_key",
  "revoked_key",
  "expired_key",
  "missing_scope",
  "user_mismatch",
  "user_required",
  "bad_user_id",
  "bad_avatar_id",
  "bad_folder",
  "database_unavailable",
  "storage_unavailable",
] as const;

const isAboutEveryFile = (error: unknown): boolean =>
  aboutEveryFile.some((code) => isLoraloomError(error, code));
