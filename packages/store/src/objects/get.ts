import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./client.ts";
import { base64ToHex, plainEtag, quotedEtag } from "./etag.ts";
import { answerOf, failStorage, storageFailure } from "./failures.ts";

export type ObjectHead = {
  etag: string;
  /** Bytes. */
  size: number;
  contentType: string | undefined;
  metadata: Record<string, string>;
  /** Where the store keeps one. */
  sha256Hex: string | undefined;
};
export type ObjectContent = ObjectHead & {
  /** The body in pieces; a connection that is cut is taken up where it ended. */
  stream: AsyncIterable<Uint8Array>;
  bytes(): Promise<Uint8Array>;
};

/** How often a body that stops coming is taken up again without one new byte. */
const resumeTries = 3;

/**
 * Opens an object, or `undefined` where there is none (with the ETag asked for).
 *
 * @throws LoraloomError `storage_unavailable`, also while the body is read
 */
export const getObject = async (
  objects: ObjectStore,
  { key, ifMatch }: { key: string; ifMatch?: string },
): Promise<ObjectContent | undefined> => {
  const answer = await open(objects, { key, ifMatch, offset: 0 });
  if (!answer) return undefined;
  const head = headOf(answer);
  const stream = readBody(objects, { key, head, answer });
  return { ...head, stream, bytes: async () => Buffer.concat(await Array.fromAsync(stream)) };
};

/** What is known about an object without reading it. @throws LoraloomError `storage_unavailable` */
export const headObject = async (objects: ObjectStore, key: string): Promise<ObjectHead | undefined> => {
  try {
    const answer = await objects.client.send(
      new HeadObjectCommand({ Bucket: objects.bucket, Key: key, ChecksumMode: "ENABLED" }),
    );
    return headOf(answer);
  } catch (error) {
    if (answerOf(error) === "missing") return undefined;
    return failStorage(`look at '${key}'`, error);
  }
};

type HeadAnswer = Pick<
  GetObjectCommandOutput,
  "ETag" | "ContentLength" | "ContentType" | "Metadata" | "ChecksumSHA256" | "ChecksumType"
>;

const headOf = (answer: HeadAnswer): ObjectHead => ({
  etag: plainEtag(answer.ETag),
  size: answer.ContentLength ?? 0,
  contentType: answer.ContentType,
  metadata: answer.Metadata ?? {},
  sha256Hex: hashOf(answer),
});

/** Of an object that came in parts a store tells a hash of their hashes. */
const hashOf = ({ ChecksumSHA256, ChecksumType }: HeadAnswer): string | undefined =>
  ChecksumSHA256 === undefined || ChecksumType === "COMPOSITE" ? undefined : base64ToHex(ChecksumSHA256);

const open = async (
  objects: ObjectStore,
  { key, ifMatch, offset }: { key: string; ifMatch?: string | undefined; offset: number },
): Promise<GetObjectCommandOutput | undefined> => {
  try {
    return await objects.client.send(
      new GetObjectCommand({
        Bucket: objects.bucket,
        Key: key,
        ...(ifMatch && { IfMatch: quotedEtag(ifMatch) }),
        ...(offset > 0 && { Range: `bytes=${offset}-` }),
      }),
    );
  } catch (error) {
    if (answerOf(error) !== "other") return undefined;
    return failStorage(`get '${key}'`, error);
  }
};

type OpenBody = { key: string; head: ObjectHead; answer: GetObjectCommandOutput };

async function* readBody(objects: ObjectStore, { key, head, answer }: OpenBody): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let failures = 0;
  let body: GetObjectCommandOutput | undefined = answer;
  while (offset < head.size) {
    try {
      for await (const piece of piecesOf(body)) {
        offset += piece.byteLength;
        failures = 0;
        yield piece;
      }
      if (offset < head.size) throw new Error(`The body ended at byte ${offset} of ${head.size}.`);
    } catch (error) {
      failures += 1;
      if (failures > resumeTries) throw storageFailure(`get '${key}' wholly`, error);
      body = await open(objects, { key, ifMatch: head.etag, offset });
      if (!body) throw storageFailure(`get '${key}' wholly: it changed meanwhile`, error);
    }
  }
}

const piecesOf = (answer: GetObjectCommandOutput): AsyncIterable<Uint8Array> => {
  if (!answer.Body || !(Symbol.asyncIterator in answer.Body)) throw new Error("The answer has no body.");
  return answer.Body as AsyncIterable<Uint8Array>;
};
