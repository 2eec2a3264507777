import { type Client, createClient } from "@loraloom/client";
import type { Service } from "../service/start-service.ts";
import { type Diary, openDiary } from "./diary.ts";

export type User = {
  diary: Diary;
  /** One of each host. */
  clients: Client[];
  /** Aborted when nobody waits for answers any longer. */
  signal: AbortSignal;
};

/** A user with a key of theirs and an avatar that has an adapter, before there are any faults. */
export const createUser = async (
  { hostUrls, apiKey }: Pick<Service, "hostUrls" | "apiKey">,
  userId: string,
  signal: AbortSignal,
): Promise<User> => {
  const [url = ""] = hostUrls;
  const service = createClient({ url, apiKey });
  const { key } = await service.keys.create.mutate({ kind: "user", userId, name: "chaos" });
  const clients = hostUrls.map((url) => createClient({ url, apiKey: key }));
  const diary = openDiary(userId);
  await clients[0]?.adapter.create.mutate({ avatarId: diary.avatarId });
  return { diary, clients, signal };
};
