import { Worker } from "node:worker_threads";
import type { FileReport } from "../report.ts";
import type { TrainingFile } from "../scan/scanned.ts";
import type { FromThread, Question } from "./thread-messages.ts";

const program = new URL("./inspection-thread.ts", import.meta.url);
/** Several times what any file needs; a thread that wants more ends, and its process goes on. */
const resourceLimits = { maxOldGenerationSizeMb: 512 };

/**
 * Inspects a file in a thread of its own, so that who else is served by this process hardly notices. A piece that has
 * its memory to itself goes to the thread with it, and is empty here afterwards.
 *
 * @throws what the stream itself throws, and Error where the thread ends before it has answered
 */
export const inspectInThread = async ({
  bytes,
  ...question
}: Question & TrainingFile): Promise<FileReport> => {
  const source = bytes[Symbol.asyncIterator]();
  const worker = new Worker(program, { workerData: question, resourceLimits });
  try {
    return await answerOf(worker, source);
  } finally {
    await worker.terminate();
    await source.return?.();
  }
};

const answerOf = (worker: Worker, source: AsyncIterator<Uint8Array>): Promise<FileReport> =>
  new Promise((resolve, reject) => {
    worker.on("message", (message: FromThread) => {
      if ("report" in message) resolve(message.report);
      else sendNext(worker, source).catch(reject);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The thread of an inspection ended with ${code}.`)));
  });

const sendNext = async (worker: Worker, source: AsyncIterator<Uint8Array>): Promise<void> => {
  const next = await source.next();
  const piece = next.done ? null : ownMemoryOf(next.value);
  worker.postMessage(piece, piece ? [piece.buffer] : []);
};

/**
 * The piece itself where nothing else lies in its memory, else a copy. What is given away is no garbage of this
 * thread, which would stop for a full collection at every few dozen megabytes of it.
 */
const ownMemoryOf = (piece: Uint8Array): Uint8Array<ArrayBuffer> =>
  piece.buffer instanceof ArrayBuffer && piece.byteLength === piece.buffer.byteLength
    ? (piece as Uint8Array<ArrayBuffer>)
    : new Uint8Array(piece);
