import { type Client, createClient, webhookEvents } from "@loraloom/client";
import type { Service } from "../service/start-service.ts";
import { type Diary, openDiary, type UserLimits } from "./diary.ts";

export type User = {
  diary: Diary;
  /** One of each host. */
  clients: Client[];
  /** What one who has no client needs. */
  hostUrls: string[];
  key: string;
  /** Whom the avatar is shared with. */
  friend?: User;
  /** Aborted when nobody waits for answers any longer. */
  signal: AbortSignal;
};

export type UserOptions = { limits: UserLimits; sharedWith: string; signal: AbortSignal };

/** A user with a key of theirs, a webhook and an avatar that has an adapter, before there are any faults. */
export const createUser = async (
  { hostUrls, apiKey, receiver }: Pick<Service, "hostUrls" | "apiKey" | "receiver">,
  userId: string,
  { limits, sharedWith, signal }: UserOptions,
): Promise<User> => {
  const [url = ""] = hostUrls;
  const service = createClient({ url, apiKey });
  const { key } = await service.keys.create.mutate({ kind: "user", userId, name: "chaos" });
  await service.admin.limits.set.mutate({ userId, limits });
  const clients = hostUrls.map((url) => createClient({ url, apiKey: key }));
  const [client] = clients;
  if (!client) throw new Error("There is no host.");
  const hook = { url: `${receiver.url}/${userId}`, events: webhookEvents };
  const { id, secret } = await client.webhooks.create.mutate(hook);
  const diary = openDiary({ userId, limits, sharedWith, webhook: { id, secret } });
  await client.adapter.create.mutate({ avatarId: diary.avatarId });
  return { diary, clients, hostUrls, key, signal };
};
