import { TextDecoder } from "node:util";
import { ReadFailure } from "./read-failure.ts";

/** As much as browsers look at. */
const headBytes = 1024;
const declared = /<meta[^>]*?charset\s*=\s*["']?\s*([\w:.-]+)|<\?xml[^>]*?encoding\s*=\s*["']([\w:.-]+)/i;

/** Text of the chunks: by its byte order mark, else by the encoding that its head declares, else UTF-8. */
export function* decodeHtml(chunks: Iterable<Buffer>): Generator<string> {
  let decoder: TextDecoder | undefined;
  for (const chunk of chunks) {
    decoder ??= decoderFor(chunk.subarray(0, headBytes));
    yield decodeStrictly(decoder, chunk);
  }
  if (decoder) yield decodeStrictly(decoder);
}

const decoderFor = (head: Buffer): TextDecoder => {
  const label = markedEncoding(head) ?? declaredEncoding(head.toString("latin1"));
  return newDecoder(label) ?? new TextDecoder("utf-8", { fatal: true });
};

const markedEncoding = (head: Buffer): string | undefined => {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? "utf-8" : undefined;
};

/** A head that can be read byte by byte is no UTF-16, whatever it says. */
const declaredEncoding = (head: string): string => {
  const [, ofMeta, ofXml] = head.match(declared) ?? [];
  const label = ofMeta ?? ofXml ?? "utf-8";
  return /^utf-?16/i.test(label) ? "utf-8" : label;
};

/** Undefined for an encoding that nobody knows. */
const newDecoder = (label: string): TextDecoder | undefined => {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const decodeStrictly = (decoder: TextDecoder, chunk?: Buffer): string => {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw new ReadFailure(
      "not_utf8",
      `The HTML file has bytes that are no ${decoder.encoding.toUpperCase()}.`,
      {
        cause,
      },
    );
  }
};
