import { afterEach, expect, test, vi } from "vitest";
import { openTestStore, sha256Of } from "../testing/index.ts";
import { headObject, presignGet, presignPart, presignPut, startMultipart, urlEnd } from "./index.ts";

afterEach(() => {
  vi.useRealTimers();
});

const day = 86_400_000;
const body = "a line\n";
const content = { size: body.length, sha256Hex: sha256Of(body), expiresIn: 900 };
const put = async ({ url, headers }: { url: string; headers: Record<string, string> }) =>
  (await fetch(url, { method: "PUT", headers, body })).status;

test.each([-2 * day, 2 * day])(
  "the store takes URLs of a machine whose clock is %d ms off, and is told when they end by its own",
  async (off) => {
    await using store = await openTestStore();
    const { objects } = store;
    const key = "users/ann/a b.jsonl";
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + off });
    // Any answer tells the time; a host begins with some.
    expect(await headObject(objects, key)).toBeUndefined();
    expect(await put(await presignPut(objects, { key, contentType: "text/plain", ...content }))).toBe(200);
    const multipartId = await startMultipart(objects, {
      key: `${key}2`,
      contentType: "text/plain",
      metadata: {},
    });
    const part = { key: `${key}2`, multipartId, number: 1, ...content };
    expect(await put(await presignPart(objects, part))).toBe(200);
    const url = await presignGet(objects, { key, expiresIn: 900, downloadName: "a.jsonl" });
    expect(await (await fetch(url)).text()).toBe(body);
    const end = urlEnd(objects, 900).getTime();
    vi.useRealTimers();
    expect(Math.abs(end - Date.now() - 900_000)).toBeLessThan(60_000);
  },
);
