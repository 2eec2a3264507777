import { type Receiver, startReceiver } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestCli, type TestCli } from "./open-cli.ts";

let cli: TestCli;
let receiver: Receiver;
beforeAll(async () => {
  cli = await openTestCli();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
});

test("a webhook is made, listed, tested, changed and deleted, and what it sent is sent again", async () => {
  const { url } = receiver;
  const made = await cli.run(["webhooks", "create", url, "--only", "mia"]);
  expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^whsec_/) });
  const id = /Webhook (\w+) tells/.exec(made.stderr)?.[1] ?? "";
  const usual = "run-completed,run-failed,run-cancelled";
  expect((await cli.run(["webhooks"])).stdout).toBe([id, "on", "mia", usual, url].join("\t"));
  const tested = await cli.run(["webhooks", "test", id]);
  expect(tested).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^delivered: 204 in \d+ ms$/) });
  const { deliveries } = await cli.json<{ deliveries: { id: string; type: string }[] }>([
    ...["webhooks", "deliveries", id],
  ]);
  expect(deliveries).toMatchObject([{ type: "webhook-test", state: "delivered" }]);
  const deliveryId = deliveries[0]?.id ?? "";
  expect((await cli.run(["webhooks", "redeliver", deliveryId])).stdout).toBe(`again ${deliveryId}`);
  const changes = ["--every", "--off", "--events", "run-queued", "--to", `${url}/2`];
  expect((await cli.run(["webhooks", "update", id, ...changes])).stdout).toBe(`changed ${id}`);
  expect((await cli.run(["webhooks"])).stdout).toBe(
    [id, "off", "(every)", "run-queued", `${url}/2`].join("\t"),
  );
  expect((await cli.run(["webhooks", "delete", id])).stdout).toBe(`deleted ${id}`);
  expect(await cli.run(["webhooks"])).toMatchObject({ stdout: "", stderr: "No webhooks." });
});

test("a private address is refused, and so is a change of nothing", async () => {
  const refused = await cli.run(["webhooks", "create", "https://10.0.0.1/"]);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[webhook_refused") });
  expect((await cli.run(["webhooks", "update", "x"])).exitCode).toBe(2);
});
