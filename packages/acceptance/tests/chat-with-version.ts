import { type Client, isLoraloomError } from "@loraloom/client";
import { beforeAll, expect, test } from "vitest";
import type { TinyService } from "./tiny-service.ts";

const mia = { userId: "ann", avatarId: "mia" };
const messages = [{ role: "user" as const, content: "sea 3?" }];

let service: TinyService;
let versionId: string;

/** Trains long enough that the version answers otherwise than the base model. */
const publishVersion = async (client: Client): Promise<string> => {
  const chats = Array.from({ length: 12 }, (_, at) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `sea ${at}?` },
        { role: "assistant", content: `Aye, sea ${at}.` },
      ],
    }),
  );
  await client.adapter.create.mutate(mia);
  await client.uploadTrainingData(new Blob([chats.join("\n")]), { ...mia, name: "sea.jsonl" });
  const hyperparameters = { epochs: 20, maxSteps: 30, learningRate: 0.05 };
  const { id: runId } = await client.train.start.mutate({ ...mia, hyperparameters });
  for await (const event of client.watchRun({ ...mia, runId })) void event;
  const run = await client.train.get.query({ ...mia, runId });
  if (!run.versionId) throw new Error(`The run ended ${run.status}: ${run.error?.message}`);
  return run.versionId;
};

type Asked = { version?: string; avatarId?: string };

/** The pieces of an answer that is the same each time, and its last event. */
const ask = async (asked: Asked = {}) => {
  const request = { ...mia, ...asked, messages, maxTokens: 24, temperature: 0, seed: 1 };
  const events = await Array.fromAsync(await service.client.chat.mutate(request));
  const tokens = events.flatMap((event) => (event.type === "token" ? [event.text] : []));
  return { tokens, text: tokens.join(""), last: events.at(-1) };
};

export const testChatWithVersion = (running: () => TinyService): void => {
  beforeAll(async () => {
    service = running();
    versionId = await publishVersion(service.client);
  });

  test("a published version answers token by token, otherwise than the base model", async () => {
    const [current, base] = [await ask(), await ask({ version: "base" })];
    expect(current.tokens.length).toBeGreaterThan(1);
    expect(current.last).toMatchObject({ type: "done", version: versionId });
    expect(base.last).toMatchObject({ type: "done", version: "base" });
    expect(current.text).not.toBe(base.text);
  });

  test("a version that is named answers as it does while it is the current one", async () => {
    const named = await ask({ version: versionId });
    expect(named.last).toMatchObject({ type: "done", version: versionId });
    expect(named.text).toBe((await ask()).text);
  });

  test("an avatar without a version, and another's version, are refused by their codes", async () => {
    const refusal = (asked: Asked) => ask(asked).catch((error: unknown) => error);
    await service.client.adapter.create.mutate({ ...mia, avatarId: "bo" });
    expect(isLoraloomError(await refusal({ avatarId: "bo" }), "no_current_version")).toBe(true);
    const foreign = await refusal({ avatarId: "bo", version: versionId });
    expect(isLoraloomError(foreign, "version_not_found")).toBe(true);
  });
};
