import type { Client } from "@loraloom/client";
import { timeEach } from "../measure/at-once.ts";
import { chatLines } from "../storage/chat-rows.ts";
import type { People } from "./sizes.ts";

const callsAtOnce = 16;
const fileBytes = 2_000;

/** Somebody with an adapter, a file to learn from, and a key of his own. */
export type Person = { userId: string; key: string };

/** Everybody's avatar has the same name. */
export const avatarId = "avatar";

/** Those with many runs come first. */
export const openPeople = (client: Client, { many, few }: People): Promise<Person[]> =>
  openUsers(client, "user", many.users + few.users);

/** Makes so many users. */
export const openUsers = async (client: Client, name: string, users: number): Promise<Person[]> => {
  const people: Person[] = [];
  await timeEach({ times: users, atOnce: callsAtOnce }, async (index) => {
    people[index] = await openPerson(client, `${name}-${index}`);
  });
  return people;
};

const openPerson = async (client: Client, userId: string): Promise<Person> => {
  const avatar = { userId, avatarId };
  await client.adapter.create.mutate(avatar);
  const rows = [...chatLines({ seed: 1, bytes: fileBytes })].join("\n");
  await client.uploadTrainingData(new Blob([rows]), { ...avatar, name: "chats.jsonl" });
  const { key } = await client.keys.create.mutate({ kind: "user", userId, name: "console" });
  return { userId, key };
};
