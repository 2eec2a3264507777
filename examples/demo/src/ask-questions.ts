import { type Demo, scope } from "./demo.ts";

const questions = ["Who are you?", "How do I stay calm in a storm?", "What keeps you company up there?"];
const answerTokens = 60;

/** The answers of the base model (`base`) or of a version of the adapter, in the questions' order. */
export const askQuestions = async (demo: Demo, version: string): Promise<string[]> => {
  const answers: string[] = [];
  for (const question of questions) answers.push(await ask(demo, version, question));
  return answers;
};

const ask = async ({ client, signal }: Demo, version: string, question: string): Promise<string> => {
  const request = { version, maxTokens: answerTokens, temperature: 0 };
  const messages = [{ role: "user" as const, content: question }];
  let answer = "";
  for await (const event of await client.chat.mutate({ ...scope, ...request, messages }, { signal })) {
    if (event.type === "token") answer += event.text;
  }
  return answer.trim();
};

/** The questions with an answer of each kind, in the same order. */
export const pairAnswers = (before: string[], after: string[]) =>
  questions.map((question, at) => ({ question, before: before[at] ?? "", after: after[at] ?? "" }));
