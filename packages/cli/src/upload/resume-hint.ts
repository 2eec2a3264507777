import { exitCodes } from "../exit-codes.ts";
import { exitCodeOf } from "../failures/report-failure.ts";
import { quote } from "../screen/quote.ts";
import type { LocalFile } from "./find-files.ts";

type Failed = { local: LocalFile; uploadId: string | undefined; error: unknown };

/**
 * How the upload of a large file goes on with what the object store has; `undefined` for a small one, and where the
 * same file would be refused again.
 */
export const resumeHint = ({ local: { path }, uploadId, error }: Failed): string | undefined => {
  if (uploadId === undefined || exitCodeOf(error) !== exitCodes.unavailable) return undefined;
  return `Take it up again: loraloom upload ${quote(path)} --resume ${uploadId}`;
};
