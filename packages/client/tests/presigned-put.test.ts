import { createHash } from "node:crypto";
import { applyCors, headObject, openObjects, presignPut } from "@loraloom/store/objects";
import { createTestLogger } from "@loraloom/store/testing";
import { createTestBucket } from "@loraloom/testkit";
import { lacksChromium, openChromium, openPage } from "@loraloom/testkit/chromium";
import { expect, test } from "vitest";
import { servePages } from "./serve-pages.ts";

const text = '{"messages":[]}\n';
const sha256Hex = createHash("sha256").update(text).digest("hex");

test.skipIf(lacksChromium())(
  "a page on another origin puts to a signed URL with nothing but fetch",
  async () => {
    await using bucket = await createTestBucket();
    await using objects = openObjects(bucket, createTestLogger().log);
    await using pages = await servePages();
    await applyCors(objects, [pages.url]);
    const target = { key: "uploads/1", contentType: "application/jsonl", size: text.length, sha256Hex };
    const signed = await presignPut(objects, { ...target, expiresIn: 60 });

    await using browser = await openChromium();
    const page = await openPage(browser);
    await page.goto(pages.url);
    const status = await page.evaluate(
      async ({ signed, text }) =>
        (await fetch(signed.url, { method: "PUT", headers: signed.headers, body: new Blob([text]) })).status,
      { signed, text },
    );

    expect(status).toBe(200);
    expect(await headObject(objects, target.key)).toMatchObject({ size: text.length });
  },
);

test.skipIf(lacksChromium())("a page on an origin that was not named cannot", async () => {
  await using bucket = await createTestBucket();
  await using objects = openObjects(bucket, createTestLogger().log);
  await using pages = await servePages();
  await applyCors(objects, ["https://console.example.org"]);
  const target = { key: "uploads/1", contentType: "application/jsonl", size: text.length, sha256Hex };
  const signed = await presignPut(objects, { ...target, expiresIn: 60 });

  await using browser = await openChromium();
  const page = await openPage(browser);
  await page.goto(pages.url);
  const putting = page.evaluate(
    async ({ signed, text }) => {
      await fetch(signed.url, { method: "PUT", headers: signed.headers, body: new Blob([text]) });
    },
    { signed, text },
  );

  await expect(putting).rejects.toThrow("Failed to fetch");
});
