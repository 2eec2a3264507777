import { PutObjectCommand, type PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { hexToBase64, plainEtag, quotedEtag } from "./etag.ts";
import { answerOf, failStorage } from "./failures.ts";

export type PutObjectInput = {
  key: string;
  body: string | Uint8Array;
  contentType?: string;
  /** Names in lower case. */
  metadata?: Record<string, string>;
  /** Of the body; the store refuses other bytes. */
  sha256Hex?: string;
};
export type PutCondition = { ifMatch: string } | { ifNoneMatch: "*" };

/**
 * Puts an object, over one that is there.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const putObject = async (objects: ObjectStore, input: PutObjectInput): Promise<{ etag: string }> => {
  try {
    return await send(objects, input, {});
  } catch (error) {
    return failStorage(`put '${input.key}'`, error);
  }
};

/**
 * Puts an object only where the key's present ETag is the given one, or where there is none (`*`).
 * A `conflict` can be one's own earlier try whose answer was lost: read again before the next.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const putObjectIf = async (
  objects: ObjectStore,
  input: PutObjectInput,
  condition: PutCondition,
): Promise<{ etag: string } | "conflict"> => {
  try {
    return await send(
      objects,
      input,
      "ifMatch" in condition ? { IfMatch: quotedEtag(condition.ifMatch) } : { IfNoneMatch: "*" },
    );
  } catch (error) {
    // AWS answers 404 to If-Match on a missing key, others 412.
    if (answerOf(error) !== "other") return "conflict";
    return failStorage(`put '${input.key}'`, error);
  }
};

const send = async (
  objects: ObjectStore,
  { key, body, contentType, metadata, sha256Hex }: PutObjectInput,
  condition: Pick<PutObjectCommandInput, "IfMatch" | "IfNoneMatch">,
): Promise<{ etag: string }> => {
  const answer = await objects.client.send(
    new PutObjectCommand({
      Bucket: objects.bucket,
      Key: key,
      Body: body,
      ContentType: contentType ?? "application/octet-stream",
      Metadata: metadata,
      ...(sha256Hex && { ChecksumSHA256: hexToBase64(sha256Hex) }),
      ...condition,
    }),
  );
  return { etag: plainEtag(answer.ETag) };
};
