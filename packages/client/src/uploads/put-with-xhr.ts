import type { Put } from "./put.ts";
import { sizeOf } from "./upload-body.ts";

/** The put of browsers, with progress of the bytes sent. */
export const putWithXhr: Put = (signed, body, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal?.addEventListener("abort", abort);
    request.open("PUT", signed.url);
    for (const [name, value] of Object.entries(signed.headers)) request.setRequestHeader(name, value);
    if (onProgress) {
      request.upload.onprogress = ({ loaded }) => onProgress({ loaded, total: sizeOf(body) });
    }
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new Error("The request failed without an answer."));
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    request.send(body);
  });
