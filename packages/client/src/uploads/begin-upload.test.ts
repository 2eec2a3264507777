import { setImmediate } from "node:timers/promises";
import { createTRPCClientProxy } from "@trpc/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../api-types.ts";
import { CodedClient } from "../coded-client.ts";
import { openConnection } from "../connection.ts";
import { clientError } from "../errors.ts";
import { beginUpload } from "./begin-upload.ts";
import type { Prepared } from "./prepare-upload.ts";
import { type UploadCalls, uploadCalls } from "./upload-calls.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

const answered = { uploadId: "one", method: "put" as const, url: "http://127.0.0.1:9", headers: {} };

const api: Api = createTRPCClientProxy(
  new CodedClient(openConnection({ url: "http://127.0.0.1:9", apiKey: "ll_key" })),
);

/** A server that goes away for so many calls after the first `before` were answered. */
const serverThatGoes = (before: number, lost: number): UploadCalls & { asked: () => number } => {
  let asked = 0;
  return {
    ...uploadCalls(api, { kind: "training_data", avatarId: "mia" }),
    asked: () => asked,
    async create() {
      asked++;
      if (asked > before && asked <= before + lost) throw clientError("network", "No answer.");
      return { ...answered, expiresAt: new Date(0) };
    },
  };
};

const prepare = (calls: UploadCalls): Prepared => {
  const body = new Blob(["sea"]);
  return {
    request: { source: body, target: { kind: "training_data", avatarId: "mia" } },
    calls,
    call: undefined,
    uploader: { api, fetch, reached: false },
    body,
    described: { name: "sea.txt", size: body.size, type: "text/plain" },
    signal: undefined,
  };
};

/** Lets the pauses between tries pass at once. */
const withoutPauses = async (work: Promise<unknown>): Promise<void> => {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  while (!ended) {
    await vi.advanceTimersToNextTimerAsync();
    await setImmediate();
  }
};

test("a server that never answered is given up after a few tries", async () => {
  const calls = serverThatGoes(0, 11);
  const begun = beginUpload(prepare(calls));
  await withoutPauses(begun);
  await expect(begun).rejects.toMatchObject({ code: "network" });
  expect(calls.asked()).toBe(4);
});

test("one that answered before is waited for, so that an outage doesn't fail file after file", async () => {
  const calls = serverThatGoes(1, 11);
  const prepared = prepare(calls);
  await beginUpload(prepared);
  const begun = beginUpload(prepared);
  await withoutPauses(begun);
  expect(await begun).toMatchObject({ is: "put", uploadId: "one" });
});
