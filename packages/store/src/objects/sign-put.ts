import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import aws4 from "aws4";

export type PutToSign = {
  key: string;
  /** By their names in lower case; all of them are signed. */
  headers: Record<string, string>;
  /** Seconds. */
  expiresIn: number;
};
/** Gives the URL of a PUT that has to come with these headers. */
export type SignPut = (put: PutToSign) => Promise<string>;

/**
 * Signs PUTs for a bucket. How it stands in addresses, and who signs, is the client's to say. The SDK's own signer makes
 * several keys for each request and takes five times as long; aws4 keeps the key of a day. `now`: the store's time.
 */
export const createPutSigner = (client: S3Client, bucket: string, now: () => Date): SignPut => {
  let folder: URL | undefined;
  return async ({ key, headers, expiresIn }) => {
    folder ??= await findFolder(client, bucket);
    const { origin, host, pathname } = folder;
    const query = new URLSearchParams({
      ...fixedQuery,
      "X-Amz-Date": basicFormat(now()),
      "X-Amz-Expires": String(expiresIn),
    });
    const { path } = aws4.sign(
      {
        service: "s3",
        region: await client.config.region(),
        method: "PUT",
        path: `${pathname}${key.split("/").map(encodeURIComponent).join("/")}?${query}`,
        headers: { host, ...headers },
        signQuery: true,
      },
      await client.config.credentials(),
    );
    return `${origin}${path}`;
  };
};

/** What the SDK's URLs say too. */
const fixedQuery = { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD", "x-id": "PutObject" };

/** As `20260102T030405Z`. */
const basicFormat = (date: Date): string => date.toISOString().replace(/[-:]|\.\d{3}/g, "");

const findFolder = async (client: S3Client, bucket: string): Promise<URL> => {
  const sample = new PutObjectCommand({ Bucket: bucket, Key: "sample" });
  return new URL(".", await getSignedUrl(client, sample));
};
