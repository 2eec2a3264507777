import { ListPartsCommand, type ListPartsCommandOutput } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { plainEtag } from "./etag.ts";
import { failStorage, isMissingUpload } from "./failures.ts";
import type { Multipart } from "./multipart.ts";

export type StoredPart = {
  /** From 1 on. */
  number: number;
  etag: string;
  /** Bytes. */
  size: number;
};

/**
 * The parts that the store has of an upload, in order, or `undefined` where it doesn't know the upload (any more).
 * Some stores keep every try of a part that was put twice: the latest one counts.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const listParts = async (
  objects: ObjectStore,
  multipart: Multipart,
): Promise<StoredPart[] | undefined> => {
  const latest = new Map<number, StoredPart & { putAt: number }>();
  for (let marker: string | undefined = "0"; marker !== undefined; ) {
    const page: ListPartsCommandOutput | undefined = await listPage(objects, multipart, marker);
    if (!page) return undefined;
    for (const part of (page.Parts ?? []).flatMap(toStoredPart)) {
      if (part.putAt >= (latest.get(part.number)?.putAt ?? 0)) latest.set(part.number, part);
    }
    // A marker that doesn't move on would be asked for again and again.
    marker = page.IsTruncated && page.NextPartNumberMarker !== marker ? page.NextPartNumberMarker : undefined;
  }
  return [...latest.values()]
    .map(({ putAt, ...part }) => part)
    .sort((left, right) => left.number - right.number);
};

const listPage = async (
  objects: ObjectStore,
  { key, multipartId }: Multipart,
  marker: string,
): Promise<ListPartsCommandOutput | undefined> => {
  try {
    return await objects.client.send(
      new ListPartsCommand({
        Bucket: objects.bucket,
        Key: key,
        UploadId: multipartId,
        PartNumberMarker: marker,
      }),
    );
  } catch (error) {
    if (isMissingUpload(error)) return undefined;
    return failStorage(`list the parts of '${key}'`, error);
  }
};

const toStoredPart = ({
  PartNumber,
  ETag,
  Size,
  LastModified,
}: NonNullable<ListPartsCommandOutput["Parts"]>[number]): (StoredPart & { putAt: number })[] =>
  PartNumber === undefined
    ? []
    : [
        {
          number: PartNumber,
          etag: plainEtag(ETag),
          size: Size ?? 0,
          putAt: LastModified?.getTime() ?? 0,
        },
      ];
