import { Worker } from "node:worker_threads";
import { LoraloomError } from "@loraloom/errors";
import type { Inspect, ReadFile } from "@loraloom/store/reading";
import type { Answer, Failure, Question } from "./thread-messages.ts";

const program = new URL("./inspection-thread.ts", import.meta.url);
/**
 * Of old objects several times what any file needs: a thread that wants more ends, and its process goes on. Of young ones
 * little, so that pieces of the file that were read are soon let go.
 */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 };

/**
 * Reads a file in a thread of its own, which gets the object by itself: who else is served by this process hardly
 * notices.
 *
 * @throws LoraloomError `storage_unavailable`, and Error where the thread ends before it has answered
 */
export const inspectInThread: Inspect = async ({ config }, file) => {
  const question: Question = { store: config, file };
  const worker = new Worker(program, { workerData: question, resourceLimits });
  try {
    return await answerOf(worker);
  } finally {
    await worker.terminate();
  }
};

const answerOf = (worker: Worker): Promise<ReadFile | undefined> =>
  new Promise((resolve, reject) => {
    worker.once("message", (answer: Answer) => {
      if ("failure" in answer) reject(toError(answer.failure));
      else resolve(answer.read);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The thread of an inspection ended with ${code}.`)));
  });

const toError = ({ code, message, details, cause }: Failure): LoraloomError =>
  new LoraloomError(code, message, { cause, ...(details && { details }) });
