import { clientError } from "../errors.ts";
import { patientAttempts, retrying } from "../retry.ts";
import { atOnce } from "./at-once.ts";
import { createTurns } from "./in-turn.ts";
import { type OnProgress, trackParts } from "./progress.ts";
import { putBytes } from "./put.ts";
import { readPart } from "./read-body.ts";
import { sizeOf, sliceOf, type UploadBody } from "./upload-body.ts";
import type { PartsPlan, UploadCalls } from "./upload-calls.ts";

export type SendParts = {
  calls: UploadCalls;
  fetch: typeof fetch;
  body: UploadBody;
  /** Of the file, for an error's message. */
  name: string;
  plan: PartsPlan;
  /** Of each part that the store has already its hash. */
  received: Map<number, string>;
  /** Parts on their way at once. */
  parallel: number;
  onProgress: OnProgress | undefined;
  signal: AbortSignal | undefined;
};

type Part = { number: number; body: UploadBody };
type ReadPart = { number: number; bytes: Uint8Array<ArrayBuffer>; sha256: string };

/**
 * Sends what the store doesn't have of a file yet. Only the parts on their way are in memory; while the network is
 * away each is tried again for about a minute.
 *
 * @throws `upload_hash_mismatch` where the file is another one than the upload was begun with, `network`,
 *   `upload_failed`, `upload_refused`, what the server says, the signal's reason
 */
export const sendParts = async (sending: SendParts): Promise<void> => {
  const { body, plan, parallel: limit, signal, onProgress } = sending;
  const sent = trackParts(sizeOf(body), onProgress);
  // The first part is on its way while the next one is read and hashed.
  const inTurn = createTurns();
  const parts = Array.from({ length: plan.parts }, (_, index) => ({
    number: index + 1,
    body: sliceOf(body, index * plan.partSize, (index + 1) * plan.partSize),
  }));
  await atOnce(parts, { limit, signal }, (part, ending) =>
    sendPart({ ...sending, signal: ending, inTurn }, part, sent),
  );
};

const sendPart = async (
  sending: SendParts & { inTurn: ReturnType<typeof createTurns> },
  { number, body }: Part,
  sent: (number: number, loaded: number) => void,
): Promise<void> => {
  const read = await sending.inTurn(() => readPart(body, sending));
  const there = sending.received.get(number);
  if (there === undefined) await putPart(sending, { number, ...read }, sent);
  else if (there !== read.sha256) throw otherFile(sending, number);
  sent(number, sizeOf(body));
};

/** Signed anew for each try: a URL may have ended while the network was away. */
const putPart = (
  { calls, plan, fetch, signal }: SendParts,
  { number, bytes, sha256 }: ReadPart,
  sent: (number: number, loaded: number) => void,
): Promise<void> => {
  const put = async () => {
    sent(number, 0);
    const signed = await calls.sign(plan.uploadId, { number, sha256 }, signal && { signal });
    await putBytes(signed, bytes, { fetch, signal, onProgress: ({ loaded }) => sent(number, loaded) });
  };
  return retrying(put, signal, patientAttempts);
};

const otherFile = ({ name, plan }: SendParts, number: number) =>
  clientError(
    "upload_hash_mismatch",
    `'${name}' is another file than upload '${plan.uploadId}' was begun with; upload it without an uploadId.`,
    { details: { uploadId: plan.uploadId, number } },
  );
