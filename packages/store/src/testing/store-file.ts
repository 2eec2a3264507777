import { createHash } from "node:crypto";
import { emptyReport } from "../files/empty-report.ts";
import { inspectHere } from "../files/inspect-object.ts";
import type { StoredFile } from "../files/stored-file.ts";
import type { FileKind, FileScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { completeUpload, createUpload, type PutUpload } from "../uploads/index.ts";

export type TestFile = {
  kind?: FileKind;
  name: string;
  body?: string;
  contentType?: string;
  useForTraining?: boolean;
};

/** Counts lines; each is a usable row. */
export const inspectLines = inspectHere(async ({ bytes }) => {
  const text = Buffer.concat(await Array.fromAsync(bytes)).toString();
  const rows = text.split("\n").filter((line) => line !== "").length;
  return { ...emptyReport, format: "lines", rows, usableRows: rows };
});

export const sha256Of = (body: string | Uint8Array): string =>
  createHash("sha256").update(body).digest("hex");

/** Begins an upload of the given text, in one piece. */
export const beginUpload = async (store: Store, scope: FileScope, file: TestFile): Promise<PutUpload> => {
  const {
    kind = "training_data",
    name,
    body = `${name}\n`,
    contentType = "application/jsonl",
    useForTraining,
  } = file;
  const upload = await createUpload(store, scope, {
    kind,
    name,
    size: Buffer.byteLength(body),
    contentType,
    sha256: sha256Of(body),
    useForTraining,
  });
  if (upload.method !== "put") throw new Error("A test's small file is to come in parts.");
  return upload;
};

/** PUTs as a browser does. */
export const putBytes = (
  upload: PutUpload,
  body: string | Uint8Array<ArrayBuffer>,
  headers = upload.headers,
): Promise<Response> => fetch(upload.url, { method: "PUT", headers, body });

/** Stores a file as people do: upload, presigned PUT, completion. */
export const storeFile = async (store: Store, scope: FileScope, file: TestFile): Promise<StoredFile> => {
  const upload = await beginUpload(store, scope, file);
  const answer = await putBytes(upload, file.body ?? `${file.name}\n`);
  if (!answer.ok) throw new Error(`The PUT was answered with ${answer.status}: ${await answer.text()}`);
  return completeUpload(store, scope, { uploadId: upload.uploadId, inspect: inspectLines });
};
