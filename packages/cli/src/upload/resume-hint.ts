import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { exitCodeOf } from "../failures/report-failure.ts";
import { quote } from "../screen/quote.ts";
import type { LocalFile } from "./find-files.ts";

/** A large file of which the object store has a part. */
export type BrokenUpload = { local: LocalFile; uploadId: string };

/** What can succeed with the same file. */
const passing: readonly ExitCode[] = [exitCodes.unavailable, exitCodes.interrupted];

/** Of files that have begun, those that are neither stored nor refused. */
export const brokenUploads = (
  begun: Iterable<[LocalFile, string]>,
  ended: ReadonlyMap<LocalFile, { error?: unknown }>,
): BrokenUpload[] =>
  [...begun].flatMap(([local, uploadId]) => {
    const outcome = ended.get(local);
    const isBroken = !outcome || (outcome.error !== undefined && passing.includes(exitCodeOf(outcome.error)));
    return isBroken ? [{ local, uploadId }] : [];
  });

type Failed = { local: LocalFile; uploadId: string | undefined; error: unknown };

/**
 * How the upload of a large file goes on with what the object store has; `undefined` for a small one, and where the
 * same file would be refused again.
 */
export const resumeHint = ({ local, uploadId, error }: Failed): string | undefined => {
  if (uploadId === undefined || exitCodeOf(error) !== exitCodes.unavailable) return undefined;
  return `Take it up again: ${resumeCommand({ local, uploadId })}`;
};

export const resumeCommand = ({ local: { path }, uploadId }: BrokenUpload): string =>
  `loraloom upload ${quote(path)} --resume ${uploadId}`;
