import type { S3Client } from "@aws-sdk/client-s3";

/**
 * The object store's time, as its answers have told it to the client: where this machine's clock is far off, the store
 * would refuse a URL that is signed by it, as too old or of the future.
 */
export const storeTime = ({ config }: S3Client): Date => new Date(Date.now() + config.systemClockOffset);

/** When a URL that is signed now for so long ends. */
export const urlEnd = ({ client }: { client: S3Client }, seconds: number): Date =>
  new Date(storeTime(client).getTime() + seconds * 1_000);
