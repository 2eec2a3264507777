import { createHash } from "node:crypto";
import type { ObjectStore } from "./client.ts";
import { isRefusedFor } from "./failures.ts";
import { headObject } from "./get.ts";
import { listParts } from "./list-parts.ts";
import { abortMultipart, completeMultipart, type Multipart, startMultipart } from "./multipart.ts";
import { presignPart } from "./presign.ts";
import { putFromOutside } from "./put-from-outside.ts";

const body = "probe";
const sha256Hex = createHash("sha256").update(body).digest("hex");

/** Whether an object can come in parts that are presigned with their hash. */
export const takesPresignedParts = async (objects: ObjectStore, prefix: string): Promise<boolean> => {
  try {
    return await putInParts(objects, `${prefix}a`);
  } catch (error) {
    if (isRefusedFor(error)) return false;
    throw error;
  }
};

const putInParts = async (objects: ObjectStore, key: string): Promise<boolean> => {
  const metadata = { upload: "probe" };
  const multipartId = await startMultipart(objects, { key, contentType: "text/plain", metadata });
  try {
    return await putTogether(objects, { key, multipartId });
  } finally {
    await abortMultipart(objects, { key, multipartId });
  }
};

const putTogether = async (objects: ObjectStore, multipart: Multipart): Promise<boolean> => {
  const part = { number: 1, size: body.length, sha256Hex };
  const signed = await presignPart(objects, { ...multipart, ...part, expiresIn: 60 });
  const answer = await putFromOutside(signed, body);
  // What is not reached from here has a check of its own.
  if (answer === undefined) return true;
  const [stored] = (await listParts(objects, multipart)) ?? [];
  if (!answer.ok || !stored) return false;
  await completeMultipart(objects, multipart, [{ ...part, etag: stored.etag }]);
  return (await headObject(objects, multipart.key))?.metadata.upload === "probe";
};
