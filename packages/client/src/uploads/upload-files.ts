import type { StoredFile } from "../api-types.ts";
import { atOnce } from "./at-once.ts";
import type { UploadProgress } from "./progress.ts";
import type { UploadSource } from "./source.ts";
import { type FlagOptions, type SendOptions, type Uploader, upload } from "./upload.ts";
import { type Place, targetOf } from "./upload-target.ts";

/** One of many files: a File or a path alone, or with what is to be said of it. */
export type FileToUpload = UploadSource | (FileOptions & { source: UploadSource });
type FileOptions = Omit<SendOptions, "signal"> & FlagOptions;

export type UploadOutcome = {
  /** Of the file among those given, from 0 on. */
  index: number;
  name: string | undefined;
} & ({ file: StoredFile; error?: undefined } | { file?: undefined; error: unknown });

export type FilesOptions = Place &
  FlagOptions & {
    /** Files on their way at once; 3 unless given. */
    concurrency?: number;
    /** Called as bytes of any file leave. */
    onProgress?: (progress: UploadProgress & { index: number; name: string | undefined }) => void;
    /** Called as soon as a file is stored or has failed. */
    onOutcome?: (outcome: UploadOutcome) => void;
    /** Ends those under way and begins no other; the call then throws the signal's reason. */
    signal?: AbortSignal;
  };

const usualConcurrency = 3;

/** Uploads many files, a few at a time; one that fails doesn't keep the others. Outcomes in the order of the files. */
export const uploadFiles = async (
  uploader: Uploader,
  files: Iterable<FileToUpload>,
  options: FilesOptions,
): Promise<UploadOutcome[]> => {
  const { concurrency: limit = usualConcurrency, signal } = options;
  const outcomes: UploadOutcome[] = [];
  const items = Array.from(files, (file, index) => ({ index, ...describe(file) }));
  await atOnce(items, { limit, signal }, async ({ index, ...file }) => {
    const outcome = { index, name: file.name, ...(await uploadOne(uploader, { ...file, index }, options)) };
    outcomes[index] = outcome;
    options.onOutcome?.(outcome);
  });
  return outcomes;
};

type Described = FileOptions & { source: UploadSource };

const describe = (file: FileToUpload): Described => {
  const described = isDescribed(file) ? file : { source: file };
  const name = described.name ?? nameOf(described.source);
  return name === undefined ? described : { ...described, name };
};

const isDescribed = (file: FileToUpload): file is Described => typeof file === "object" && "source" in file;

/** What a File and a path are called, before anything is read. */
const nameOf = (source: UploadSource): string | undefined => {
  if (typeof source === "string") return source.split(/[/\\]/).at(-1);
  return source instanceof Blob && "name" in source && typeof source.name === "string"
    ? source.name
    : undefined;
};

const uploadOne = async (
  uploader: Uploader,
  { index, ...file }: Described & { index: number },
  { useForTraining, onProgress, signal, ...place }: FilesOptions,
): Promise<{ file: StoredFile } | { error: unknown }> => {
  const told = (progress: UploadProgress) => {
    file.onProgress?.(progress);
    onProgress?.({ ...progress, index, name: file.name });
  };
  try {
    const request = { ...(useForTraining !== undefined && { useForTraining }), ...file, onProgress: told };
    return {
      file: await upload(uploader, { ...request, ...(signal && { signal }), target: targetOf(place) }),
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { error };
  }
};
