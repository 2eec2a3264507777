import type { Client } from "@loraloom/client";
import type { Session } from "../session.ts";

type ChatInput = Parameters<Client["chat"]["mutate"]>[0];
export type ChatEvent =
  Awaited<ReturnType<Client["chat"]["mutate"]>> extends AsyncIterable<infer Event> ? Event : never;
export type Done = Extract<ChatEvent, { type: "done" }>;
export type Message = ChatInput["messages"][number];

/** How to answer; the service's defaults hold for what is left out. */
export type Sampling = Omit<ChatInput, "userId" | "avatarId" | "messages">;

export type Conversation = { messages: Message[]; sampling: Sampling };

/** Gives each event of the answer to `show`. @returns the whole text @throws the signal's reason */
export const streamAnswer = async (
  session: Session,
  { messages, sampling }: Conversation,
  { signal, show }: { signal: AbortSignal; show: (event: ChatEvent) => void },
): Promise<string> => {
  const request = { ...session.avatar(), ...sampling, messages };
  let text = "";
  for await (const event of await session.client.chat.mutate(request, { signal })) {
    if (event.type === "token") text += event.text;
    show(event);
  }
  return text;
};
