import type { StoredFile } from "../api-types.ts";
import { patientAttempts, retrying, usualAttempts } from "../retry.ts";
import type { Prepared } from "./prepare-upload.ts";
import type { SignedPut } from "./put.ts";
import { hashBody } from "./read-body.ts";
import { sizeOf } from "./upload-body.ts";
import type { PartsPlan } from "./upload-calls.ts";

/** What is left to do. */
export type Begun =
  | { is: "put"; uploadId: string; signed: SignedPut }
  | { is: "parts"; uploadId: string; plan: PartsPlan; received: Map<number, string> }
  | { is: "completed"; file: StoredFile };

/** A larger file is sent in parts, and hashed part by part. */
const mostInOnePiece = 64 * 1024 * 1024;

/**
 * Announces a file to the server, which says how it is to be sent. A server that never answered is given up soon; one
 * that did is waited for, or each second without a network would fail some more of many files.
 */
export const beginUpload = async (prepared: Prepared): Promise<Begun> => {
  const { calls, call, body, described, signal, uploader } = prepared;
  const hash =
    sizeOf(body) > mostInOnePiece ? {} : { sha256: await hashBody(body, { name: described.name, signal }) };
  const attempts = uploader.reached ? patientAttempts : usualAttempts;
  const created = await retrying(() => calls.create({ ...described, ...hash }, call), signal, attempts);
  uploader.reached = true;
  const { uploadId } = created;
  if (created.method === "put") return { is: "put", uploadId, signed: created };
  return { is: "parts", uploadId, plan: created, received: new Map() };
};
