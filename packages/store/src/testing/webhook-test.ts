import { cancelRun } from "../runs/index.ts";
import { webhooks } from "../tables/index.ts";
import {
  createWebhook,
  listDeliveries,
  parseNetwork,
  type WebhookInput,
  type WebhookPolicy,
  webhookEvents,
} from "../webhooks/index.ts";
import { openTestStore, type TestStore } from "./open-test-store.ts";
import { prepareAvatar, queueRun } from "./scenario.ts";
import { type Dns, startDns } from "./start-dns.ts";
import { type Receiver, startReceiver } from "./start-receiver.ts";

/** Whose runs the webhooks tell of. */
export const scope = { userId: "ada", avatarId: "one" };

/** A store, a name server and a receiver that webhooks may be sent to. */
export const openWebhookTest = async () => {
  await using opened = new AsyncDisposableStack();
  const store: TestStore = opened.use(await openTestStore());
  const dns: Dns = opened.use(await startDns());
  const policy: WebhookPolicy = { networks: [parseNetwork("127.0.0.0/8")], dnsServers: [dns.server] };
  await prepareAvatar(store, scope);
  let receiver: Receiver = await startReceiver();
  opened.defer(() => receiver[Symbol.asyncDispose]());
  const resources = opened.move();
  return {
    store,
    dns,
    policy,
    get receiver() {
      return receiver;
    },
    /** No webhook, and a receiver that has got nothing. */
    begin: async (): Promise<void> => {
      await store.db.delete(webhooks);
      const before = receiver;
      receiver = await startReceiver();
      await before[Symbol.asyncDispose]();
    },
    make: (changes: Partial<WebhookInput> = {}) => {
      const input = { url: receiver.url, events: [...webhookEvents], avatarId: null, ...changes };
      return createWebhook(store, { userId: scope.userId, ...input }, policy);
    },
    logOf: async (webhookId: string) =>
      (await listDeliveries(store, scope.userId, { webhookId, limit: 100 })).deliveries,
    /** A run that is queued and cancelled at once. */
    cancelNew: async () => cancelRun(store, scope, (await queueRun(store, scope)).id),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

export type WebhookTest = Awaited<ReturnType<typeof openWebhookTest>>;
