import { type Client, createClient, isLoraloomError } from "@loraloom/client";
import type { Session } from "../../session.ts";
import { type Chat, createChat } from "../chat/chat.ts";
import { createFiles, type Files } from "../files/files.ts";
import { createTraining, type Training } from "../training/training.ts";

/** What each part of the page works with; `signal` aborts once another avatar is opened. */
export type Place = { client: Client; scope: { userId: string; avatarId: string }; signal: AbortSignal };

export type Workspace = { files: Files; training: Training; chat: Chat };

/**
 * Everything about one avatar; its adapter is made if there is none.
 *
 * @throws `bad_avatar_id`, `network`, …
 */
export const openWorkspace = async (
  { url, apiKey, userId }: Session,
  avatarId: string,
  signal: AbortSignal,
): Promise<Workspace> => {
  const place = { client: createClient({ url, apiKey }), scope: { userId, avatarId }, signal };
  await ensureAdapter(place);
  const files = createFiles(place);
  const training = createTraining(place, files);
  return { files, training, chat: createChat(place, training) };
};

const ensureAdapter = async ({ client, scope }: Place): Promise<void> => {
  try {
    await client.adapter.create.mutate(scope);
  } catch (error) {
    if (!isLoraloomError(error, "adapter_exists")) throw error;
  }
};
