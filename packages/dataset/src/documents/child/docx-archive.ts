import { TextDecoder } from "node:util";
import { type Entry, fromFdPromise, type ZipFile } from "yauzl";
import type { DocumentLimits } from "../document-limits.ts";
import { beyondLimit, damaged, ReadFailure } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

/** The first bytes of a compound file: an encrypted DOCX, or a document of Word 97. */
const compoundFile = Buffer.from("d0cf11e0a1b11ae1", "hex");
const encryptedStream = Buffer.from("EncryptedPackage", "utf16le");

/** The parts of a DOCX by name, with a count of what they have unpacked to so far. */
export class DocxArchive {
  private readonly zip: ZipFile;
  private readonly entries: Map<string, Entry>;
  private readonly limits: DocumentLimits;
  private unpacked = 0;

  private constructor(zip: ZipFile, entries: Map<string, Entry>, limits: DocumentLimits) {
    this.zip = zip;
    this.entries = entries;
    this.limits = limits;
  }

  static async open(spool: Spool, limits: DocumentLimits): Promise<DocxArchive> {
    refuseCompoundFile(spool);
    try {
      // Declared sizes are what a bomb lies about: bytes are counted as they come instead.
      const options = { lazyEntries: true, autoClose: false, validateEntrySizes: false };
      const zip = await fromFdPromise(spool.descriptor, options);
      if (zip.entryCount > limits.parts) throw beyondLimit("docx", limits, "parts");
      return new DocxArchive(zip, await readEntries(zip), limits);
    } catch (cause) {
      throw damaged("docx", cause);
    }
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The text of a part as it unpacks. */
  async *read(name: string): AsyncGenerator<string> {
    const entry = this.entries.get(name);
    if (!entry) throw damaged("docx", new Error(`There is no part '${name}'.`));
    if (entry.isEncrypted()) throw encrypted();
    try {
      yield* this.unpack(entry);
    } catch (cause) {
      throw damaged("docx", cause);
    }
  }

  private async *unpack(entry: Entry): AsyncGenerator<string> {
    let decoder: TextDecoder | undefined;
    for await (const chunk of await this.zip.openReadStreamPromise(entry)) {
      this.unpacked += chunk.length;
      if (this.unpacked > this.limits.unpackedBytes) throw beyondLimit("docx", this.limits, "unpackedBytes");
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      yield decoder.decode(chunk, { stream: true });
    }
    if (decoder) yield decoder.decode();
  }
}

const readEntries = async (zip: ZipFile): Promise<Map<string, Entry>> => {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  return entries;
};

/** XML of office documents is UTF-8 or UTF-16 with a mark. */
const encodingOf = (start: Buffer): string => {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  return start[0] === 0xfe && start[1] === 0xff ? "utf-16be" : "utf-8";
};

const refuseCompoundFile = (spool: Spool): void => {
  if (!spool.read(0, compoundFile.length).equals(compoundFile)) return;
  for (const chunk of spool.chunks()) if (chunk.includes(encryptedStream)) throw encrypted();
  throw new ReadFailure(
    "inspection_failed",
    "The Word document is in the format of Word 97 (.doc), not DOCX.",
  );
};

const encrypted = (): ReadFailure =>
  new ReadFailure("encrypted_document", "The Word document is protected by a password.");
