import { readFile } from "node:fs/promises";
import type { JSONWebKeySet } from "jose";
import { z } from "zod";

const timeoutMilliseconds = 5_000;
const mostBytes = 1024 * 1024;

/** An answer without a single key is an issuer's accident and replaces nothing. */
const keysSchema = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(100),
});

/** Reads a set of public keys (JWKS) from a URL or a file. @throws Error why it can't be had */
export const loadKeys = async (source: URL): Promise<JSONWebKeySet> => {
  const text = source.protocol === "file:" ? await readFile(source, "utf8") : await fetchText(source);
  return keysSchema.parse(JSON.parse(text));
};

const fetchText = async (url: URL): Promise<string> => {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const headers = { accept: "application/json" };
  const answer = await fetch(url, { headers, signal, redirect: "error" });
  if (!answer.ok || !answer.body) throw new Error(`It answered with the status ${answer.status}.`);
  return readBounded(answer.body);
};

const readBounded = async (body: ReadableStream<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new Error(`It answered with more than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};
