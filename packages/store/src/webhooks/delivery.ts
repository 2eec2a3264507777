import type { SecretContext } from "../secrets/index.ts";
import type { webhookDeliveries, webhooks } from "../tables/index.ts";

export type Webhook = typeof webhooks.$inferSelect;
export type Delivery = typeof webhookDeliveries.$inferSelect;

/** What a webhook's secret is sealed for. */
export const webhookSecretContext = ({ userId, id }: Pick<Webhook, "userId" | "id">): SecretContext => ({
  userId,
  name: "webhook",
  id,
});
