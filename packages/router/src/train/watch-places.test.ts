import { storeFile } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { createOpenStreams } from "../access/open-streams.ts";
import { openTestApi } from "../testing/open-test-api.ts";
import { trainingRow } from "../testing/populate.ts";

test("a watch has its place before anything of it is read, and leaves it when its caller hangs up", async () => {
  const streams = createOpenStreams({ mostOfOne: 1 });
  await using api = await openTestApi({ streams });
  const { key } = await api.makeKey();
  const scope = { userId: "ada", avatarId: "mia" };
  await api.as(key).adapter.create(scope);
  await storeFile(api.store, scope, { name: "chats.jsonl", body: trainingRow });
  const { id: runId } = await api.as(key).train.start(scope);
  const watch = (signal?: AbortSignal) =>
    api.call(key, {
      path: "train.watch",
      type: "subscription",
      input: { ...scope, runId },
      ...(signal && { signal }),
    });
  const caller = new AbortController();
  await watch(caller.signal);
  await expect(watch()).rejects.toMatchObject({ cause: { code: "too_many_streams" } });
  caller.abort();
  expect(streams.count).toBe(0);
});
