import { createClient } from "@loraloom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sendFiles } from "./send-files.ts";
import { createShelf } from "./shelf.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Sends a file again whose upload was begun before; `answer` is all that the server says. */
const sendAgain = async (answer: () => Promise<Response>) => {
  const asked = new Set<string>();
  const fetch = (url: string | URL | Request) => {
    asked.add(new URL(String(url)).pathname);
    return answer();
  };
  const client = createClient({ url: "http://127.0.0.1:9", apiKey: "ll_key", fetch });
  const place = { client, scope: { userId: "ada", avatarId: "osk" }, signal: new AbortController().signal };
  const shelf = createShelf();
  const sent = sendFiles(shelf, place, [{ file: new File(["sea"], "sea.txt"), uploadId: "begun" }]);
  await vi.runAllTimersAsync();
  await sent;
  return { asked: [...asked], left: shelf.sending.value };
};

test("a file is taken up where its upload broke, and again after the next loss of the network", async () => {
  const { asked, left } = await sendAgain(() => Promise.reject(new TypeError("Failed to fetch")));
  expect(asked).toEqual(["/trpc/trainingData.getUpload"]);
  expect(left).toMatchObject([{ uploadId: "begun", problem: { code: "network" } }]);
});

test("an upload that is gone is not asked for again", async () => {
  const loraloom = {
    code: "upload_expired",
    message: "Upload 'begun' has expired.",
    remedy: "Begin a new one.",
    retryable: false,
  };
  const error = { json: { message: loraloom.message, code: -32004, data: { code: "NOT_FOUND", loraloom } } };
  const { left } = await sendAgain(() => Promise.resolve(Response.json({ error }, { status: 410 })));
  expect(left).toMatchObject([{ uploadId: null, problem: { code: "upload_expired" } }]);
});
