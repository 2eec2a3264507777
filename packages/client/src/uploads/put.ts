import { clientError } from "../errors.ts";
import type { OnProgress } from "./progress.ts";
import { putWithFetch } from "./put-with-fetch.ts";
import { putWithXhr } from "./put-with-xhr.ts";
import { sizeOf, type UploadBody } from "./upload-body.ts";

/** What the server signed: exactly these headers must be sent. */
export type SignedPut = { url: string; headers: Record<string, string> };

export type PutOptions = {
  fetch: typeof fetch;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
};

/** Sends bytes to a signed URL and gives the status; rejects when there was no answer. */
export type Put = (signed: SignedPut, body: UploadBody, options: PutOptions) => Promise<number>;

/**
 * Puts bytes to a signed URL, once.
 *
 * @throws `network` (no answer) and `upload_failed` (5xx, 429), both retryable; `upload_refused`.
 */
export const putBytes = async (signed: SignedPut, body: UploadBody, options: PutOptions): Promise<void> => {
  const status = await chosenPut()(signed, body, options).catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw notReached(signed, cause);
  });
  const details = { status };
  if (status >= 500 || status === 429) {
    throw clientError("upload_failed", `The object store answered ${status}.`, { details });
  }
  if (status < 200 || status > 299) {
    throw clientError("upload_refused", `The object store refused the upload with ${status}.`, { details });
  }
  const size = sizeOf(body);
  options.onProgress?.({ loaded: size, total: size });
};

/** Only XMLHttpRequest tells a page how much was sent. */
const chosenPut = (): Put => (typeof XMLHttpRequest === "undefined" ? putWithFetch : putWithXhr);

/** Names the store's origin only: the rest of the URL is a signature. */
const notReached = (signed: SignedPut, cause: unknown) =>
  clientError("network", `The object store at ${new URL(signed.url).origin} was not reached.`, { cause });
