import { PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ObjectStore, openObjects, presignPut } from "./index.ts";

// A signature holds the second in which it was made.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1) }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const log = pino({ level: "silent" });
const fixed = new Set(["host", "content-type", "content-length", "x-amz-checksum-sha256"]);
const put = { contentType: "application/jsonl; charset=utf-8", size: 5, sha256Hex: "ab".repeat(32) };
const expiresIn = 900;
const credentials = { accessKeyId: "id", secretAccessKey: "secret" };

const place = { endpoint: "http://127.0.0.1:9000", region: "us-east-1", forcePathStyle: true };

const placesOf = (address: string) => {
  const { origin, pathname, searchParams } = new URL(address);
  // Signs that an address may have as they are don't change the signature, which is in the query.
  return { origin, path: decodeURIComponent(pathname), query: Object.fromEntries(searchParams) };
};

test.each([
  ["a store by its path", place],
  ["one below a path", { endpoint: "https://s3.example.org/base", region: "auto", forcePathStyle: true }],
  ["one by the bucket's name", { endpoint: "https://s3.example.org", region: "r", forcePathStyle: false }],
  ["AWS", { region: "eu-west-1", forcePathStyle: false }],
])("a PUT is signed as the SDK's client signs it: %s", async (_name, place) => {
  await using objects = openObjects({ ...place, bucket: "some-bucket", ...credentials }, log);
  await expectSignedAlike(objects);
});

test("by passing credentials a PUT is signed as the SDK's client signs it, and the next day with another key", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "passing");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_SESSION_TOKEN", "token/with+signs=");
  await using objects = openObjects({ ...place, bucket: "some-bucket" }, log);
  await expectSignedAlike(objects);
  vi.setSystemTime(Date.UTC(2026, 0, 2));
  await expectSignedAlike(objects);
});

const expectSignedAlike = async (objects: ObjectStore): Promise<void> => {
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
};
