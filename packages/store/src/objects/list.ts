import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { plainEtag } from "./etag.ts";
import { failStorage } from "./failures.ts";

export type ListedObject = { key: string; etag: string; size: number; modifiedAt: Date | undefined };

/** Every object below a prefix, page by page. @throws LoraloomError `storage_unavailable` */
export async function* listObjects(objects: ObjectStore, prefix: string): AsyncGenerator<ListedObject> {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await listPage(objects, prefix, token);
    for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
      if (Key !== undefined)
        yield { key: Key, etag: plainEtag(ETag), size: Size ?? 0, modifiedAt: LastModified };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

const listPage = async (objects: ObjectStore, prefix: string, token: string | undefined) => {
  try {
    return await objects.client.send(
      new ListObjectsV2Command({ Bucket: objects.bucket, Prefix: prefix, ContinuationToken: token }),
    );
  } catch (error) {
    return failStorage(`list '${prefix}'`, error);
  }
};

/** The folders right below a prefix, page by page, without what is in them. @throws LoraloomError `storage_unavailable` */
export async function* listFolders(objects: ObjectStore, prefix: string): AsyncGenerator<string> {
  let token: string | undefined;
  do {
    const page = await listFolderPage(objects, prefix, token);
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      const folder = Prefix?.slice(prefix.length, -1);
      if (folder) yield folder;
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

const listFolderPage = async (
  objects: ObjectStore,
  prefix: string,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> => {
  try {
    return await objects.client.send(
      new ListObjectsV2Command({
        Bucket: objects.bucket,
        Prefix: prefix,
        Delimiter: "/",
        ContinuationToken: token,
      }),
    );
  } catch (error) {
    return failStorage(`list the folders of '${prefix}'`, error);
  }
};
