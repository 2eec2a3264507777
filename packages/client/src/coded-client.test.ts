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
    const flag = { ...scope, name: "a.jsonl", useForTraining: true };
    await expect(unreachable.trainingData.setFlag.mutate(flag, { signal })).rejects.toThrow();
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

test("a mutation whose answer is lost is made again with the same key, and one of a signal that aborts is not", async () => {
  const bodies: unknown[] = [];
  const controller = new AbortController();
  const losing = createClient({
    url: "http://127.0.0.1:9",
    apiKey: "ll_key",
    fetch: (_, init) => {
      bodies.push(init?.body);
      if (bodies.length === 2) controller.abort("enough");
      return Promise.reject(new Error("connect ECONNRESET"));
    },
  });
  const created = losing.adapter.create.mutate(scope, { signal: controller.signal });
  await expect(created).rejects.toBe("enough");
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toContain("idempotencyKey");
  expect(bodies[1]).toBe(bodies[0]);
});
