import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createQuerySigner, escaped } from "./sign-query.ts";

export type PutToSign = {
  key: string;
  /** By their names in lower case; all of them are signed. */
  headers: Record<string, string>;
  /** Seconds. */
  expiresIn: number;
};
/** Gives the URL of a PUT that has to come with these headers. */
export type SignPut = (put: PutToSign) => Promise<string>;

/** Signs PUTs for a bucket. How it stands in addresses, and who signs, is the client's to say. */
export const createPutSigner = (client: S3Client, bucket: string): SignPut => {
  const signQuery = createQuerySigner();
  let folder: URL | undefined;
  return async ({ key, headers, expiresIn }) => {
    folder ??= await findFolder(client, bucket);
    const { origin, host, pathname } = folder;
    const { config } = client;
    const signatory = { region: await config.region(), credentials: await config.credentials() };
    const path = `${pathname}${key.split("/").map(escaped).join("/")}`;
    const query = { "x-id": "PutObject" };
    return `${origin}${path}?${signQuery({ path, query, headers: { host, ...headers }, expiresIn }, signatory)}`;
  };
};

const findFolder = async (client: S3Client, bucket: string): Promise<URL> => {
  const sample = new PutObjectCommand({ Bucket: bucket, Key: "sample" });
  return new URL(".", await getSignedUrl(client, sample));
};
