import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { createClient } from "./create-client.ts";

const unreachable = createClient({
  url: "http://127.0.0.1:9/loraloom",
  apiKey: "ll_key",
  fetch: () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:9")),
});
const scope = { userId: "ada", avatarId: "osk" };

test("calls leave no listener on a signal that outlives them", async () => {
  const { signal } = new AbortController();
  for (let call = 0; call < 12; call += 1) {
    await expect(unreachable.trainingData.list.query(scope, { signal })).rejects.toThrow();
    await expect(unreachable.adapter.create.mutate(scope, { signal })).rejects.toThrow();
  }
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an aborted call gives its signal's reason", async () => {
  const controller = new AbortController();
  const hanging = createClient({
    url: "http://127.0.0.1:9",
    apiKey: "ll_key",
    fetch: (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new Error("cut off")));
        controller.abort("enough");
      }),
  });
  await expect(hanging.trainingData.list.query(scope, { signal: controller.signal })).rejects.toBe("enough");
});

test("a server that is not there is named by its address", async () => {
  await expect(unreachable.trainingData.list.query(scope)).rejects.toMatchObject({
    code: "network",
    message: "The server at http://127.0.0.1:9 was not reached: connect ECONNREFUSED 127.0.0.1:9.",
  });
});
