/** Chats as people have them: one to four exchanges of a few sentences, no two alike. */
import { type Random, randomNumbers } from "../measure/random.ts";

const vocabulary =
  "the a of to and in is it you that was for on are with as at be this have from or had by but some what there we can out other were all your when up use how said each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find well-known 24 two-thirds 1999 it’s yes, no. really? “quoted” naïve café façade 漢字 привет 🙂".split(
    " ",
  );

/** Whether a chat is long hardly matters to a parser; how many texts there are does. */
const exchanges = { least: 1, most: 4 };
const questionWords = { least: 4, most: 30 };
const answerWords = { least: 8, most: 80 };

type Range = { least: number; most: number };

/**
 * Lines of chat JSONL, together of about the given size; the same for the same seed.
 *
 * @param bytes roughly, in UTF-16 units
 */
export function* chatLines({ seed, bytes }: { seed: number; bytes: number }): Generator<string> {
  const random = randomNumbers(seed);
  for (let made = 0; made < bytes; ) {
    const line = chatLine(random);
    made += line.length + 1;
    yield line;
  }
}

const chatLine = (random: Random): string => {
  const messages = [{ role: "system", content: "You are a helpful guide." }];
  for (let left = pick(random, exchanges); left > 0; left -= 1) {
    messages.push({ role: "user", content: words(random, questionWords) });
    messages.push({ role: "assistant", content: words(random, answerWords) });
  }
  return JSON.stringify({ messages });
};

const words = (random: Random, range: Range): string => {
  let text = "";
  for (let left = pick(random, range); left > 0; left -= 1) {
    text += `${vocabulary[Math.floor(random() * vocabulary.length)]} `;
  }
  return `${text}\n`;
};

const pick = (random: Random, { least, most }: Range): number =>
  least + Math.floor(random() * (most - least + 1));
