import { quote } from "../screen/quote.ts";
import type { LocalFile } from "./find-files.ts";

/** How the upload of a large file goes on with what the object store has; `undefined` for a small one. */
export const resumeHint = ({ path }: LocalFile, uploadId: string | undefined): string | undefined =>
  uploadId && `Take it up again: loraloom upload ${quote(path)} --resume ${uploadId}`;
