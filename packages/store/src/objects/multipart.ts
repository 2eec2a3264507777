import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
} from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { hexToBase64, plainEtag, quotedEtag } from "./etag.ts";
import { failStorage, isMissingUpload } from "./failures.ts";

/** A multipart upload of the store: the key that it will be an object at, and the store's own id of it. */
export type Multipart = { key: string; multipartId: string };

export type StartMultipartInput = {
  key: string;
  contentType: string;
  metadata: Record<string, string>;
  /** The store copies its parts from another object; left out: each comes with its SHA-256, and the store asks for them. */
  isCopied?: boolean;
};

/** A part as the completion names it; the store compares what is said with what it has. */
export type NamedPart = { number: number; etag: string; sha256Hex?: string };

/** A store may put the parts of a very large object together for minutes. */
const completionMilliseconds = 5 * 60_000;

/**
 * Begins an object that comes in parts.
 *
 * @returns the store's id of it
 * @throws LoraloomError `storage_unavailable`
 */
export const startMultipart = async (
  objects: ObjectStore,
  { key, contentType, metadata, isCopied = false }: StartMultipartInput,
): Promise<string> => {
  try {
    const { UploadId } = await objects.client.send(
      new CreateMultipartUploadCommand({
        Bucket: objects.bucket,
        Key: key,
        ContentType: contentType,
        Metadata: metadata,
        ...(!isCopied && { ChecksumAlgorithm: "SHA256" }),
      }),
    );
    if (UploadId === undefined) throw new Error("The answer names no upload.");
    return UploadId;
  } catch (error) {
    return failStorage(`begin '${key}' in parts`, error);
  }
};

/**
 * Makes the parts one object, at once for all who read the key. `missing`: the store doesn't know the upload any
 * more, as after an earlier completion whose answer was lost.
 *
 * @param parts all of them, in order
 * @throws LoraloomError `storage_unavailable`
 */
export const completeMultipart = async (
  objects: ObjectStore,
  { key, multipartId }: Multipart,
  parts: NamedPart[],
): Promise<{ etag: string } | "missing"> => {
  const named = parts.map(({ number, etag, sha256Hex }) => ({
    PartNumber: number,
    ETag: quotedEtag(etag),
    ...(sha256Hex && { ChecksumSHA256: hexToBase64(sha256Hex) }),
  }));
  try {
    const { ETag } = await objects.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: objects.bucket,
        Key: key,
        UploadId: multipartId,
        MultipartUpload: { Parts: named },
      }),
      { requestTimeout: completionMilliseconds },
    );
    return { etag: plainEtag(ETag) };
  } catch (error) {
    if (isMissingUpload(error)) return "missing";
    return failStorage(`put the parts of '${key}' together`, error);
  }
};

/**
 * Ends an upload and removes its parts; one that is completed or gone is left as it is.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const abortMultipart = async (
  objects: ObjectStore,
  { key, multipartId }: Multipart,
): Promise<void> => {
  try {
    await objects.client.send(
      new AbortMultipartUploadCommand({ Bucket: objects.bucket, Key: key, UploadId: multipartId }),
    );
  } catch (error) {
    if (!isMissingUpload(error)) failStorage(`end the upload of '${key}'`, error);
  }
};

export type OpenMultipart = Multipart & { startedAt: Date | undefined };

/** Every upload in parts below a prefix that is neither completed nor ended. @throws LoraloomError `storage_unavailable` */
export async function* listMultiparts(objects: ObjectStore, prefix: string): AsyncGenerator<OpenMultipart> {
  let page: ListMultipartUploadsCommandOutput | undefined;
  do {
    page = await listPage(objects, prefix, page);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key !== undefined && UploadId !== undefined)
        yield { key: Key, multipartId: UploadId, startedAt: Initiated };
    }
  } while (page.IsTruncated);
}

const listPage = async (
  objects: ObjectStore,
  prefix: string,
  before: ListMultipartUploadsCommandOutput | undefined,
): Promise<ListMultipartUploadsCommandOutput> => {
  try {
    return await objects.client.send(
      new ListMultipartUploadsCommand({
        Bucket: objects.bucket,
        Prefix: prefix,
        KeyMarker: before?.NextKeyMarker,
        UploadIdMarker: before?.NextUploadIdMarker,
      }),
    );
  } catch (error) {
    return failStorage(`list the uploads below '${prefix}'`, error);
  }
};
