import { foreignEncoding } from "../bytes/encodings.ts";
import { gunzip } from "../bytes/gunzip.ts";
import { limitBytes } from "../bytes/limit-bytes.ts";
import { type Peeked, peek, withoutMark } from "../bytes/peek.ts";
import { FileFault } from "../faults.ts";
import { detectFormat } from "./detect-format.ts";
import type { ScanContext, Scanned } from "./scanned.ts";

/** How much of a file its format is found from. */
const headBytes = 64 * 1024;

/** Finds a file's format from its content and reads it as that. @throws FileFault for the file as a whole */
export async function* openFile(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Scanned[]> {
  const limit = context.limits.fileBytes;
  const packed = await peek(limitBytes(bytes, { limit, what: "The file has" }), headBytes);
  await using _source = packed;
  if (!isGzip(packed.head)) {
    yield* readPlain(context, packed);
    return;
  }
  context.facts.compressed = "gzip";
  const unpacked = await peek(
    limitBytes(gunzip(packed.bytes), { limit, what: "Unpacked, the file has" }),
    headBytes,
  );
  await using _unpacked = unpacked;
  try {
    yield* readPlain(context, unpacked);
  } catch (error) {
    // A bomb may look like anything: what it is shows only at the limit.
    if (error instanceof FileFault && error.code === "unknown_format") await readToEnd(unpacked.bytes);
    throw error;
  }
}

const readToEnd = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const _ of bytes);
};

async function* readPlain(context: ScanContext, file: Peeked): AsyncGenerator<Scanned[]> {
  const encoding = foreignEncoding(file.head);
  if (encoding) throw new FileFault("not_utf8", `The file is not UTF-8; it looks like ${encoding}.`);
  const { head, bytes } = withoutMark(file);
  yield* detectFormat(head)(context, bytes);
}

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;
