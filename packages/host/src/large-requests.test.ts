import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

test("10,000 flags of the longest names fit into one request", async () => {
  const flags = Array.from({ length: 10_000 }, (_, index) => ({
    name: String(index).padEnd(255, "x"),
    useForTraining: true,
  }));
  const refusal = await refusalOf(
    running.api.trainingData.setFlags.mutate({ userId: "ada", avatarId: "bulk", flags }),
  );
  expect(refusal).toMatchObject({ code: "file_not_found", details: { missing: 10_000 } });
  const more = [...flags, { name: "one more", useForTraining: true }];
  expect(
    await refusalOf(
      running.api.trainingData.setFlags.mutate({ userId: "ada", avatarId: "bulk", flags: more }),
    ),
  ).toMatchObject({ code: "bad_input" });
});
