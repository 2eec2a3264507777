import { GetObjectCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { ObjectStore } from "./client.ts";
import { hexToBase64 } from "./etag.ts";
import type { Multipart } from "./multipart.ts";
import { storeTime } from "./store-time.ts";

export type PresignPutInput = {
  key: string;
  contentType: string;
  /** Bytes. */
  size: number;
  sha256Hex: string;
  /** Seconds. */
  expiresIn: number;
};

/** Signed, so that the store refuses another length or other bytes. A part has no type: the object's was said when it was begun. */
const fixedPartHeaders = new Set(["host", "content-length", "x-amz-checksum-sha256"]);

/**
 * A URL that takes one file and nothing else: type, length and hash are signed, so that the store refuses others. The
 * headers must be sent as given; content-length is set by every HTTP client itself.
 */
export const presignPut = async (
  objects: ObjectStore,
  { key, contentType, size, sha256Hex, expiresIn }: PresignPutInput,
): Promise<{ url: string; headers: Record<string, string> }> => {
  const headers = { "content-type": contentType, "x-amz-checksum-sha256": hexToBase64(sha256Hex) };
  const signed = { ...headers, "content-length": String(size) };
  return { url: await objects.signPut({ key, headers: signed, expiresIn }), headers };
};

export type PresignPartInput = Multipart & {
  /** From 1 on. */
  number: number;
  /** Bytes. */
  size: number;
  sha256Hex: string;
  /** Seconds. */
  expiresIn: number;
};

/** A URL that takes one part of an upload, of this length and hash; the headers must be sent as given. */
export const presignPart = async (
  objects: ObjectStore,
  { key, multipartId, number, size, sha256Hex, expiresIn }: PresignPartInput,
): Promise<{ url: string; headers: Record<string, string> }> => {
  const checksum = hexToBase64(sha256Hex);
  const command = new UploadPartCommand({
    Bucket: objects.bucket,
    Key: key,
    UploadId: multipartId,
    PartNumber: number,
    ContentLength: size,
    ChecksumSHA256: checksum,
  });
  const url = await getSignedUrl(objects.signer, command, {
    expiresIn,
    signingDate: storeTime(objects.client),
    signableHeaders: fixedPartHeaders,
    unhoistableHeaders: fixedPartHeaders,
  });
  return { url, headers: { "x-amz-checksum-sha256": checksum } };
};

/** A URL that reads one object, saved under the given name. */
export const presignGet = (
  objects: ObjectStore,
  { key, expiresIn, downloadName }: { key: string; expiresIn: number; downloadName: string },
): Promise<string> =>
  getSignedUrl(
    objects.signer,
    new GetObjectCommand({
      Bucket: objects.bucket,
      Key: key,
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(downloadName)}`,
    }),
    { expiresIn, signingDate: storeTime(objects.client) },
  );
