import { type Demo, scope } from "./demo.ts";
import type { Message } from "./persona-files.ts";

type Evaluated = { type: "result"; logits: string[] };
type Failed = { type: "error"; error: { code: string; message: string } };

/**
 * The engine's float32 logits at the last position of each conversation, asked at the worker's gateway:
 * little-endian float32, conversations × vocabulary.
 */
export const engineLogits = async (demo: Demo, version: string, chats: Message[][]): Promise<Buffer> => {
  const { url, token } = demo.parts.gateway;
  const response = await fetch(new URL("/evaluate", url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(evaluation(version, chats)),
    signal: demo.signal,
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`The worker's gateway answered ${response.status}: ${text.slice(0, 300)}`);
  const answer = JSON.parse(text) as Evaluated | Failed;
  if (answer.type === "error")
    throw new Error(`The engine failed (${answer.error.code}): ${answer.error.message}`);
  return Buffer.concat(answer.logits.map((row) => Buffer.from(row, "base64")));
};

const evaluation = (versionId: string, chats: Message[][]) => ({
  rows: chats.map((messages, at) => ({ messages, source: { name: "demo", line: at + 1 } })),
  adapter: { ...scope, versionId },
  dtype: "float32",
  logits: true,
});
