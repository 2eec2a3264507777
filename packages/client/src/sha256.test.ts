import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { sha256Hex } from "./sha256.ts";

test("hashes what is empty", async () => {
  expect(await sha256Hex(new Blob([]))).toBe(createHash("sha256").digest("hex"));
});

test("hashes a blob of many chunks as Node does", async () => {
  const bytes = randomBytes(3 * 1024 * 1024 + 7);
  expect(await sha256Hex(new Blob([bytes]))).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("stops when its signal is aborted", async () => {
  const reason = new Error("enough");
  await expect(sha256Hex(new Blob(["a"]), AbortSignal.abort(reason))).rejects.toBe(reason);
});
