import { CopyObjectCommand, type CopyObjectCommandInput, UploadPartCopyCommand } from "@aws-sdk/client-s3";
import { isLoraloomError } from "@loraloom/errors";
import { assemble } from "./assemble.ts";
import type { ObjectStore } from "./client.ts";
import { plainEtag, quotedEtag } from "./etag.ts";
import { answerOf, failStorage } from "./failures.ts";
import { headObject } from "./get.ts";
import type { Multipart, NamedPart } from "./multipart.ts";
import { bytesOfPart, type PartPlan, partCount, partSizeFor } from "./part-plan.ts";

export type CopyObjectInput = {
  from: string;
  to: string;
  /** Of the source, in bytes. */
  size: number;
  /** ETag that the source must still have. */
  ifMatch: string;
  /** Replaces the source's; left out: both are kept. */
  replace?: { contentType: string; metadata: Record<string, string> };
};
type Copied = { etag: string } | "conflict" | "missing";

/** A store copies as much within the time of any request, in which many send no byte of an answer. */
const copiedAtOnce = 64 * 1024 * 1024;

/** Whether a copy of so many bytes begins an upload in parts, which a crash may leave at the copy's key. */
export const isCopiedInParts = (size: number): boolean => size > copiedAtOnce;

/**
 * Copies inside the store, an object above 64 MiB part by part. `conflict`: the source is another one now; `missing`:
 * it is gone.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const copyObject = async (objects: ObjectStore, input: CopyObjectInput): Promise<Copied> => {
  try {
    return await (isCopiedInParts(input.size) ? copyInParts : copyAtOnce)(objects, input);
  } catch (error) {
    if (isLoraloomError(error)) throw error;
    const answer = answerOf(error);
    if (answer !== "other") return answer;
    return failStorage(`copy '${input.from}' to '${input.to}'`, error);
  }
};

const copyAtOnce = async (
  objects: ObjectStore,
  { to, replace, ...source }: CopyObjectInput,
): Promise<Copied> => {
  const answer = await objects.client.send(
    new CopyObjectCommand({
      Bucket: objects.bucket,
      Key: to,
      ...sourceOf(objects, source),
      ...(replace && {
        MetadataDirective: "REPLACE",
        ContentType: replace.contentType,
        Metadata: replace.metadata,
      }),
    }),
  );
  return { etag: plainEtag(answer.CopyObjectResult?.ETag) };
};

type Source = Pick<CopyObjectInput, "from" | "ifMatch">;

const sourceOf = (
  { bucket }: ObjectStore,
  { from, ifMatch }: Source,
): Pick<CopyObjectCommandInput, "CopySource" | "CopySourceIfMatch"> & { CopySource: string } => ({
  CopySource: `${bucket}/${from.split("/").map(encodeURIComponent).join("/")}`,
  CopySourceIfMatch: quotedEtag(ifMatch),
});

const copyInParts = async (objects: ObjectStore, input: CopyObjectInput): Promise<Copied> => {
  const { from, to, size } = input;
  const described = input.replace ?? (await headObject(objects, from));
  if (!described) return "missing";
  const { contentType = "application/octet-stream", metadata } = described;
  const begun = { key: to, contentType, metadata, isCopied: true };
  const plan = { size, partSize: partSizeFor(size, copiedAtOnce) };
  return assemble(objects, begun, async (multipart) => {
    const parts: NamedPart[] = [];
    for (let number = 1; number <= partCount(plan); number += 1)
      parts.push(await copyPart(objects, multipart, { source: input, plan, number }));
    return parts;
  });
};

const copyPart = async (
  objects: ObjectStore,
  { key, multipartId }: Multipart,
  { source, plan, number }: { source: Source; plan: PartPlan; number: number },
): Promise<NamedPart> => {
  const start = (number - 1) * plan.partSize;
  const answer = await objects.client.send(
    new UploadPartCopyCommand({
      Bucket: objects.bucket,
      Key: key,
      UploadId: multipartId,
      PartNumber: number,
      ...sourceOf(objects, source),
      CopySourceRange: `bytes=${start}-${start + bytesOfPart(plan, number) - 1}`,
    }),
  );
  return { number, etag: plainEtag(answer.CopyPartResult?.ETag) };
};
