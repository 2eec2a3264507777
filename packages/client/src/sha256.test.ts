import { createHash, randomBytes } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { sha256Hex } from "./sha256.ts";

const hashByNode = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["with crypto.subtle", globalThis.crypto],
  ["as in a page without TLS", { ...globalThis.crypto, subtle: undefined }],
])("%s", (_, crypto) => {
  test("hashes what is empty", async () => {
    vi.stubGlobal("crypto", crypto);
    expect(await sha256Hex(new Blob([]))).toBe(hashByNode(Buffer.of()));
  });

  test("hashes a blob of many chunks as Node does", async () => {
    vi.stubGlobal("crypto", crypto);
    const bytes = randomBytes(3 * 1024 * 1024 + 7);
    expect(await sha256Hex(new Blob([bytes]))).toBe(hashByNode(bytes));
  });

  test("stops when its signal is aborted", async () => {
    vi.stubGlobal("crypto", crypto);
    const reason = new Error("enough");
    await expect(sha256Hex(new Blob(["a"]), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
