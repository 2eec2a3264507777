import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Parts } from "@loraloom/launcher";
import { adapterFolder } from "./adapter-folder.ts";

/**
 * Reads an object below the adapter's folder straight from the object store, as any other tool could.
 *
 * @throws S3's own error, `NoSuchKey` among them
 */
export const readObject = async ({ objects }: Parts, path: string): Promise<Buffer> => {
  const { bucket, ...connection } = objects;
  const client = new S3Client(connection);
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: `${adapterFolder}${path}` });
    const { Body: body } = await client.send(command);
    if (!body) throw new Error(`The object ${adapterFolder}${path} came without a body.`);
    return Buffer.from(await body.transformToByteArray());
  } finally {
    client.destroy();
  }
};
