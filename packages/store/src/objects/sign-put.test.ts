import { PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openObjects, presignPut } from "./index.ts";

// A signature holds the second in which it was made.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1) }));
afterEach(() => void vi.useRealTimers());

const log = pino({ level: "silent" });
const fixed = new Set(["host", "content-type", "content-length", "x-amz-checksum-sha256"]);
const put = { contentType: "application/jsonl; charset=utf-8", size: 5, sha256Hex: "ab".repeat(32) };
const expiresIn = 900;
const credentials = { accessKeyId: "id", secretAccessKey: "secret" };

const placesOf = (address: string) => {
  const { origin, pathname, searchParams } = new URL(address);
  return { origin, pathname, query: Object.fromEntries(searchParams) };
};

test.each([
  ["a store by its path", { endpoint: "http://127.0.0.1:9000", region: "us-east-1", forcePathStyle: true }],
  ["one below a path", { endpoint: "https://s3.example.org/base", region: "auto", forcePathStyle: true }],
  ["one by the bucket's name", { endpoint: "https://s3.example.org", region: "r", forcePathStyle: false }],
  ["AWS", { region: "eu-west-1", forcePathStyle: false }],
])("a PUT is signed as the SDK's client signs it: %s", async (_name, place) => {
  await using objects = openObjects({ ...place, bucket: "some-bucket", ...credentials }, log);
  for (const key of ["uploads/01ABC", "a b/ü!*'()&+=%"]) {
    const command = new PutObjectCommand({
      Bucket: "some-bucket",
      Key: key,
      ContentType: put.contentType,
      ContentLength: put.size,
      ChecksumSHA256: Buffer.from(put.sha256Hex, "hex").toString("base64"),
    });
    const options = { expiresIn, signableHeaders: fixed, unhoistableHeaders: fixed };
    const { url } = await presignPut(objects, { key, ...put, expiresIn });
    expect(placesOf(url)).toEqual(placesOf(await getSignedUrl(objects.signer, command, options)));
  }
});
