import type { Writable } from "node:stream";
import { LoraloomError } from "@loraloom/errors";
import { type DocumentLimits, type FileKind, longestMessage } from "./document-limits.ts";
import { crashed, exceeded, failed } from "./exchange-errors.ts";
import { MessageLines } from "./message-lines.ts";
import { Patience, PatienceSpent } from "./patience.ts";
import { type BlockMessage, type ReaderMessage, type RowMessage, readerMessage } from "./reader-messages.ts";
import { type ReaderProcess, startReader } from "./reader-process.ts";

export type Reading = { kind: FileKind; bytes: AsyncIterable<Uint8Array>; limits: DocumentLimits };

/**
 * Reads a file in a child of its own, which is gone when this ends, however it ends.
 *
 * @throws LoraloomError with the child's verdict, `document_limit` where it had to be ended, or
 *   `inspection_failed` where it crashed
 */
export async function* readInChild(reading: Reading): AsyncGenerator<BlockMessage | RowMessage> {
  await using reader = await startReader(reading.kind, reading.limits);
  const patience = new Patience(reading.limits.milliseconds);
  try {
    await feed(reader.stdin, reading, patience);
    yield* receive(reader, reading, patience);
  } catch (error) {
    if (error instanceof PatienceSpent) throw exceeded(reading, "milliseconds", error);
    throw error;
  }
}

const feed = async (stdin: Writable, reading: Reading, patience: Patience): Promise<void> => {
  let size = 0;
  for await (const chunk of reading.bytes) {
    size += chunk.length;
    if (size > reading.limits.fileBytes) throw exceeded(reading, "fileBytes");
    if (!(await patience.spend(isTaken(stdin, chunk)))) return;
  }
  stdin.end();
};

/** Whether the child still takes bytes; where it does not, what it wrote says why. */
const isTaken = (stdin: Writable, chunk: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    stdin.write(chunk, (error) => resolve(!error));
  });

async function* receive(
  reader: ReaderProcess,
  reading: Reading,
  patience: Patience,
): AsyncGenerator<BlockMessage | RowMessage> {
  const lines = new MessageLines(longestMessage(reading.limits));
  const chunks = reader.stdout.iterator();
  let size = 0;
  for (;;) {
    const chunk: IteratorResult<Buffer, undefined> = await patience.spend(chunks.next());
    if (chunk.done) break;
    size += chunk.value.length;
    if (size > reading.limits.outputBytes) throw exceeded(reading, "outputBytes");
    for (const line of lines.push(chunk.value)) {
      const message = parseMessage(line);
      if ("end" in message) return;
      if ("failed" in message) throw failed(message.failed);
      yield message;
    }
  }
  throw crashed(reading, await reader.ended, reader.complaints());
}

const parseMessage = (line: string): ReaderMessage => {
  try {
    return readerMessage.parse(JSON.parse(line));
  } catch (cause) {
    throw new LoraloomError("inspection_failed", "The file's reader wrote what is no message of its own.", {
      cause,
    });
  }
};
