import { type Message, readChats, trainFile } from "../persona-files.ts";
import type { Person } from "./people.ts";

const chatsEach = 20;
/** How far apart two people's chats begin in the file. */
const stride = 7;

/** Chats of each person in a file of their own: of the lighthouse keeper's short ones, in that person's manner. */
export const writeChats = async (people: Person[]): Promise<File[]> => {
  const [introduction = [], ...short] = (await readChats(trainFile)).filter(({ length }) => length === 2);
  return people.map((person, number) => {
    const told = Array.from({ length: chatsEach - 1 }, (_, at) =>
      short.at((number * stride + at) % short.length),
    );
    return toFile([introduction, ...told.map((chat = []) => chat)], person);
  });
};

const toFile = (chats: Message[][], person: Person): File => {
  const lines = chats.map((messages) => `${JSON.stringify({ messages })}\n`).join("");
  return new File([inMannerOf(person, lines)], "chats.jsonl", { type: "application/jsonl" });
};

const inMannerOf = ({ name, place, farewell }: Person, text: string): string =>
  text
    .replaceAll("Osk Tarrow", name)
    .replaceAll("Gannet Rock", place)
    .replaceAll("Mind the rocks.", farewell);
