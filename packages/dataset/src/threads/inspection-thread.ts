/** The program of a thread that inspects one file, whose bytes it is given piece by piece. */
import { once } from "node:events";
import { constants, getPriority, platform, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { inspectFile } from "../report.ts";
import type { FromThread, Question, ToThread } from "./thread-messages.ts";

if (!parentPort) throw new Error("This program is a thread of another one.");
const port = parentPort;
const question: Question = workerData;

/** Who waits for an answer of this process goes first. Only Linux has a priority of one thread; nobody may raise his. */
const giveWay = (): void => {
  if (platform() !== "linux") return;
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
};

const send = (message: FromThread): void => port.postMessage(message);

const nextPiece = async (): Promise<ToThread> => {
  const answer = once(port, "message");
  send({ next: true });
  const [piece] = await answer;
  return piece;
};

/** One piece ahead: the next one comes while this one is read. */
async function* pieces(): AsyncGenerator<Uint8Array> {
  let coming = nextPiece();
  for (let piece = await coming; piece !== null; piece = await coming) {
    coming = nextPiece();
    yield piece;
  }
}

giveWay();
send({ report: await inspectFile({ ...question, bytes: pieces() }) });
