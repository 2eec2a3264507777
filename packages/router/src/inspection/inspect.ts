import { inspectFile } from "@loraloom/dataset";
import { type Inspect, inspectHere } from "@loraloom/store/files";
import { inspectInThread } from "./inspect-in-thread.ts";

/** A smaller file is read before a thread has started. */
const mostBytesHere = 1024 * 1024;

const inspectSmall = inspectHere(inspectFile);

/**
 * Says what is in an uploaded file, at its completion or in a side job; a large one in a thread of its own: a process
 * that serves others goes on doing so.
 *
 * @throws LoraloomError `storage_unavailable`, and Error where the thread ends before it has answered
 */
export const inspect: Inspect = (objects, file) =>
  file.size <= mostBytesHere ? inspectSmall(objects, file) : inspectInThread(objects, file);
