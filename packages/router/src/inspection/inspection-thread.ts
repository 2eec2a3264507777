/** The program of a thread that reads one file: it gets the object from the store and says what is in it. */
import { constants, getPriority, platform, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { inspectFile } from "@loraloom/dataset";
import { isLoraloomError } from "@loraloom/errors";
import { inspectHere, openObjects } from "@loraloom/store/reading";
import type { Answer, Question } from "./thread-messages.ts";

if (!parentPort) throw new Error("This program is a thread of another one.");
const port = parentPort;

/** Who waits for an answer of this process goes first. Only Linux has a priority of one thread; nobody may raise his. */
const giveWay = (): void => {
  if (platform() !== "linux") return;
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_LOW));
};

const answer = async ({ store, file }: Question): Promise<Answer> => {
  await using objects = openObjects(store);
  try {
    return { read: await inspectHere(inspectFile)(objects, file) };
  } catch (error) {
    if (!isLoraloomError(error)) throw error;
    const { code, message, details, cause } = error;
    return { failure: { code, message, details, cause } };
  }
};

giveWay();
port.postMessage(await answer(workerData));
