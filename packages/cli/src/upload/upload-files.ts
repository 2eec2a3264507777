import { isLoraloomError, type StoredFile, type UploadOutcome, type UploadProgress } from "@loraloom/client";
import type { FileFolder } from "../folders/file-folder.ts";
import type { Session } from "../session.ts";
import type { LocalFile } from "./find-files.ts";
import { interruptionNotes } from "./interruption-note.ts";
import { brokenUploads } from "./resume-hint.ts";
import { untilInspected } from "./until-inspected.ts";
import { createUploadBoard, type UploadBoard } from "./upload-board.ts";

export type Outcome = {
  local: LocalFile;
  /** With it the upload of a large file can be taken up again. */
  uploadId: string | undefined;
} & ({ file: StoredFile } | { error: unknown });

export type UploadFilesOptions = {
  useForTraining?: boolean;
  /** How many at once. */
  parallel: number;
  /** Whether to wait for reports that take longer. */
  wait: boolean;
  /** The id of a broken upload of the one file. */
  resume?: string;
  onOutcome: (outcome: Outcome) => void;
};

type ToUpload = { folder: FileFolder; files: LocalFile[] };

/**
 * Uploads every file; one that is refused doesn't keep the others.
 *
 * @returns in the files' order
 * @throws what would refuse every file, such as a wrong key or a service that is not there; the signal's reason
 */
export const uploadFiles = async (
  session: Session,
  { folder, files }: ToUpload,
  options: UploadFilesOptions,
): Promise<Outcome[]> => {
  const hopeless = new AbortController();
  const signal = AbortSignal.any([session.signal, hopeless.signal]);
  const board = createUploadBoard(files, session.screen);
  const job: Job = {
    session,
    folder,
    files,
    options,
    signal,
    board,
    uploadIds: new Map(),
    ended: new Map(),
  };
  try {
    const concluded = await Promise.all(await sendAll(job, hopeless));
    signal.throwIfAborted();
    return concluded;
  } catch (error) {
    if (session.signal.aborted) sayWhatIsStored(job);
    throw error;
  }
};

type Job = ToUpload & {
  session: Session;
  options: UploadFilesOptions;
  signal: AbortSignal;
  board: UploadBoard;
  uploadIds: Map<LocalFile, string>;
  ended: Map<LocalFile, UploadOutcome>;
};

/** @returns of each file what it will have come to once it is inspected */
const sendAll = async (job: Job, hopeless: AbortController): Promise<Promise<Outcome>[]> => {
  const { session, folder, files, options, signal } = job;
  const outcomes: Promise<Outcome>[] = [];
  await session.client.uploadFiles(files.map(describe(job)), {
    ...folder.place,
    ...(options.useForTraining !== undefined && { useForTraining: options.useForTraining }),
    concurrency: options.parallel,
    signal,
    onOutcome: (uploaded) => {
      if (isAboutEveryFile(job, uploaded)) hopeless.abort(uploaded.error);
      outcomes[uploaded.index] = conclude(job, uploaded);
    },
  });
  return outcomes;
};

const sayWhatIsStored = ({ session: { screen }, files, ended, uploadIds }: Job): void => {
  const stored = [...ended.values()].filter(({ file }) => file).length;
  screen.note(...interruptionNotes({ files: files.length, stored, broken: brokenUploads(uploadIds, ended) }));
};

const describe =
  ({ options: { resume }, board, uploadIds }: Job) =>
  (local: LocalFile) => ({
    source: local.source,
    name: local.name,
    onProgress: ({ loaded }: UploadProgress) => board.sent(local, loaded),
    onUploadId: (uploadId: string) => uploadIds.set(local, uploadId),
    keepParts: true,
    ...(resume !== undefined && { uploadId: resume }),
  });

/** Waits for the report where it takes longer, while other files go on. Never fails: nobody waits for it yet. */
const conclude = async (job: Job, uploaded: UploadOutcome): Promise<Outcome> => {
  const { files, options, signal, board, uploadIds, ended } = job;
  const local = files[uploaded.index];
  if (!local) throw new TypeError(`There is no file ${uploaded.index}.`);
  ended.set(local, uploaded);
  const result = await reportOf(job, local, uploaded);
  const outcome = { local, uploadId: uploadIds.get(local), ...result };
  board.done(local);
  // Who ends all of them says why.
  if (!signal.aborted) options.onOutcome(outcome);
  return outcome;
};

type Result = { file: StoredFile } | { error: unknown };

const reportOf = async (
  { folder, options, board, signal }: Job,
  local: LocalFile,
  { file, error }: UploadOutcome,
): Promise<Result> => {
  if (!file) return { error };
  if (!options.wait || file.state !== "inspecting") return { file };
  board.inspecting(local);
  try {
    return { file: await untilInspected(() => folder.get(file.name), signal) };
  } catch (error) {
    return { error };
  }
};

/** What a service says, or a service that is not there, whichever file it is. */
const aboutEveryFile = [
  "network",
  "not_loraloom",
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

/** One that has begun can be taken up again, and says so. */
const isAboutEveryFile = ({ files, uploadIds }: Job, { index, error }: UploadOutcome): boolean => {
  const local = files[index];
  const hasBegun = local !== undefined && uploadIds.has(local);
  return !hasBegun && aboutEveryFile.some((code) => isLoraloomError(error, code));
};
