import { peek } from "../bytes/peek.ts";
import { type FileReport, inspectFile } from "../report.ts";
import type { TrainingFile } from "../scan/scanned.ts";
import { inspectInThread } from "./inspect-in-thread.ts";
import type { Question } from "./thread-messages.ts";

/** A smaller file is read before a thread has started. */
const mostHere = 1024 * 1024;

/**
 * As `inspectFile`, in a thread of its own where the file is large: a process that serves others goes on doing so.
 *
 * @throws as `inspectFile`, and Error where the thread ends before it has answered
 */
export const inspectApart = async ({ bytes, ...question }: Question & TrainingFile): Promise<FileReport> => {
  await using file = await peek(bytes, mostHere);
  const inspect = file.complete ? inspectFile : inspectInThread;
  return await inspect({ ...question, bytes: file.bytes });
};
