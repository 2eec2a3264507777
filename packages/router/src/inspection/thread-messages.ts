import type { ErrorCode, ErrorDetails } from "@loraloom/errors";
import type { ObjectStoreConfig, ReadFile, UnreadFile } from "@loraloom/store/reading";

/** What the thread is told at its start; the keys of the store go from memory to memory. */
export type Question = { store: ObjectStoreConfig; file: UnreadFile };

/** An error of ours; on the way from thread to thread it would lose its code. */
export type Failure = { code: ErrorCode; message: string; details: ErrorDetails | undefined; cause: unknown };

/** `read` is undefined where the object is gone. */
export type Answer = { read: ReadFile | undefined } | { failure: Failure };
