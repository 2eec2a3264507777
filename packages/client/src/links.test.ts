import { expect, test } from "vitest";
import { createClient } from "./create-client.ts";

/** Notes how each request wants to be answered, by its path; none of them gets anywhere. */
const openRecorder = () => {
  const accepted = new Map<string, string | null>();
  const client = createClient({
    url: "http://127.0.0.1:9",
    apiKey: "ll_key",
    fetch: async (url, init) => {
      accepted.set(new URL(String(url)).pathname, new Headers(init?.headers).get("trpc-accept"));
      throw new TypeError("fetch failed");
    },
  });
  return { client, accepted };
};

test("changes are answered in one piece; queries and chats as streams, each as soon as it can be", async () => {
  const { client, accepted } = openRecorder();
  const on = { avatarId: "mia" };
  await Promise.allSettled([
    client.trainingData.setFlag.mutate({ ...on, name: "a.jsonl", useForTraining: true }),
    client.trainingData.list.query(on),
    client.chat.mutate({ ...on, messages: [{ role: "user", content: "Hello" }] }),
  ]);
  expect(Object.fromEntries(accepted)).toEqual({
    "/trpc/trainingData.setFlag": null,
    "/trpc/trainingData.list": "application/jsonl",
    "/trpc/chat": "application/jsonl",
  });
});
