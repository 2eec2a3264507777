import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { Logger } from "../store.ts";
import { createPutSigner, type SignPut } from "./sign-put.ts";
import { storeTime } from "./store-time.ts";
import { type ObjectRequestListener, watchRequests } from "./watch-requests.ts";

export type ObjectStoreConfig = {
  /** Left out: AWS. */
  endpoint?: string | undefined;
  /** Signs URLs for callers outside; left out: `endpoint`. */
  publicEndpoint?: string | undefined;
  region: string;
  bucket: string;
  forcePathStyle: boolean;
  /** Left out: the SDK's credential chain. */
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
};

export type ObjectStore = AsyncDisposable & {
  /** With the keys: by it a thread opens clients of its own. Never logged. */
  config: ObjectStoreConfig;
  client: S3Client;
  /** Signs URLs and sends nothing. */
  signer: S3Client;
  signPut: SignPut;
  bucket: string;
  /** Names the store in messages. */
  place: string;
};

/** Long enough for a cold answer, short enough that a request ends before its caller gives up. */
const timeouts = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  socketTimeout: 30_000,
  throwOnRequestTimeout: true,
};

/** Opens clients; sends nothing yet. Without a log, what the SDK would say of single requests is said nowhere. */
export const openObjects = (
  config: ObjectStoreConfig,
  log?: Logger,
  onRequest: ObjectRequestListener = () => {},
): ObjectStore => {
  const client = new S3Client({
    ...clientConfig(config, config.endpoint),
    requestHandler: timeouts,
    ...(log && { logger: sdkLogger(log) }),
  });
  watchRequests(client, onRequest);
  const signer = new S3Client(clientConfig(config, config.publicEndpoint ?? config.endpoint));
  return {
    config,
    client,
    signer,
    signPut: createPutSigner(signer, config.bucket, () => storeTime(client)),
    bucket: config.bucket,
    place: `bucket '${config.bucket}' at ${config.endpoint ?? `AWS ${config.region}`}`,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      signer.destroy();
    },
  };
};

/** The SDK would print on the console; its lines below a warning hold whole requests. */
const sdkLogger = (log: Logger): NonNullable<S3ClientConfig["logger"]> => ({
  debug: () => {},
  info: () => {},
  warn: (...parts) => log.debug({ parts }, "the S3 client warns"),
  // Also a plain "not there": what is a failure is thrown, and logged where it is caught.
  error: (...parts) => log.debug({ parts }, "the S3 client reports an error"),
});

const clientConfig = (config: ObjectStoreConfig, endpoint: string | undefined): S3ClientConfig => ({
  region: config.region,
  forcePathStyle: config.forcePathStyle,
  maxAttempts: 4,
  retryMode: "standard",
  // Otherwise a presigned PUT carries the checksum of an empty body.
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  ...(endpoint && { endpoint }),
  ...(config.accessKeyId &&
    config.secretAccessKey && {
      credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    }),
});
