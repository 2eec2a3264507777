import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { verifyWebhook } from "./verify-webhook.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const body = JSON.stringify({ type: "run-completed", data: { runId: "é" } });

/** As an independent library signs it. */
const signedAt = (date: Date): Record<string, string> => ({
  "webhook-id": "msg-1",
  "webhook-timestamp": String(Math.floor(date.getTime() / 1_000)),
  "webhook-signature": new Webhook(secret).sign("msg-1", date, body),
});
const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const fresh = signedAt(new Date());

test("a message that was signed with the secret is read, with headers of either kind", async () => {
  const message = { type: "run-completed", data: { runId: "é" } };
  expect(await verifyWebhook(secret, { headers: fresh, body })).toEqual(message);
  expect(await verifyWebhook(secret, { headers: new Headers(fresh), body })).toEqual(message);
});

test("one right signature among several is enough", async () => {
  const signature = `v2,AAAA v1,AAAA v1,nonsense! ${fresh["webhook-signature"]}`;
  await verifyWebhook(secret, { headers: { ...fresh, "webhook-signature": signature }, body });
});

test.each([
  ["another body", { headers: fresh, body: `${body} ` }],
  ["another id", { headers: { ...fresh, "webhook-id": "msg-2" }, body }],
  ["a signature of nothing", { headers: { ...fresh, "webhook-signature": "" }, body }],
  ["a message of ten minutes ago", { headers: signedAt(minutesAgo(10)), body }],
  ["one of the future", { headers: signedAt(minutesAgo(-10)), body }],
  [
    "an old one under a new time",
    { headers: { ...signedAt(minutesAgo(10)), "webhook-timestamp": fresh["webhook-timestamp"] }, body },
  ],
  ["no time", { headers: { ...fresh, "webhook-timestamp": "soon" }, body }],
  ["a header that is missing", { headers: { ...fresh, "webhook-id": undefined }, body }],
])("%s is refused", async (_name, received) => {
  await expect(verifyWebhook(secret, received)).rejects.toMatchObject({ code: "webhook_unverified" });
});

test.each([`whsec_${Buffer.alloc(32, 8).toString("base64")}`, "whsec_", "not a secret"])(
  "with the secret '%s' it is refused",
  async (wrong) => {
    const refused = verifyWebhook(wrong, { headers: fresh, body });
    await expect(refused).rejects.toMatchObject({ code: "webhook_unverified" });
  },
);

test("how old a message may be can be said", async () => {
  const received = { headers: signedAt(minutesAgo(10)), body };
  await verifyWebhook(secret, received, { toleranceSeconds: 3_600 });
});
