import { FileFault } from "../faults.ts";

/**
 * A piece of a JSON text that is read without holding all of it: an element of the list that is the text
 * (`key` null) or that stands under a key of its object, another member of that object as `"key": value`,
 * or the end of the text. `bytes` is undefined where the piece is larger than a row may be.
 */
export type JsonPiece =
  | { kind: "element"; key: string | null; index: number; line: number; bytes: Buffer | undefined }
  | { kind: "member"; line: number; bytes: Buffer | undefined }
  | { kind: "end"; line: number }
  /** Something else than an object or a list: nothing after it is read. */
  | { kind: "stray"; line: number };

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const newline = 0x0a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
/** Bytes of a key whose list is cut into elements. */
const longestKey = 1000;

/**
 * Cuts JSON texts that follow each other into pieces, by brackets and quotes alone: whether a piece is
 * JSON shows when it is parsed.
 */
export class JsonSplitter {
  private readonly rowBytes: number;
  private line = 1;
  /** Open brackets. */
  private depth = 0;
  /** The depth at which commas separate pieces: inside the text, or inside a list of its object. */
  private cut = 1;
  private isObject = false;
  private inString = false;
  private escaped = false;
  private key: string | null = null;
  private index = 0;
  private afterList = false;
  private isStray = false;
  private textLine = 1;
  /** Where the piece begins; 0: nothing of it was seen. */
  private pieceLine = 0;
  private pieceSize = 0;
  private kept: Uint8Array[] = [];
  private pieces: JsonPiece[] = [];

  constructor(rowBytes: number) {
    this.rowBytes = rowBytes;
  }

  /** The pieces that end in this chunk. */
  push(chunk: Uint8Array): JsonPiece[] {
    this.pieces = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === backslash) this.escaped = true;
        else if (byte === quote) this.inString = false;
        else if (byte === newline) this.line += 1;
      } else if (byte <= 0x20) {
        if (byte === newline) this.line += 1;
      } else if (this.isCut(byte)) {
        this.cutAt(byte, chunk.subarray(start, at));
        start = at + 1;
      } else {
        this.step(byte);
      }
    }
    if (this.depth > 0) this.keep(chunk.subarray(start));
    return this.pieces;
  }

  /** @throws FileFault `invalid_json` where the last text isn't closed */
  end(): void {
    if (this.depth === 0) return;
    const message = `The JSON that begins in line ${this.textLine} is not closed.`;
    throw new FileFault("invalid_json", message, { line: this.textLine });
  }

  private isCut(byte: number): boolean {
    if (this.depth === 0) return true;
    if (byte === comma) return this.depth === this.cut;
    if (byte === closeBrace || byte === closeBracket) return this.depth === this.cut;
    return byte === openBracket && this.depth === 1 && this.isObject;
  }

  private step(byte: number): void {
    if (this.pieceLine === 0) this.pieceLine = this.line;
    if (byte === quote) this.inString = true;
    else if (byte === openBrace || byte === openBracket) this.depth += 1;
    else if (byte === closeBrace || byte === closeBracket) this.depth -= 1;
  }

  private cutAt(byte: number, before: Uint8Array): void {
    if (this.depth === 0) this.open(byte);
    else if (byte === openBracket) this.openList(before);
    else if (byte === comma) this.endPiece(before, true);
    else this.close(before);
  }

  private open(byte: number): void {
    if (byte !== openBrace && byte !== openBracket) {
      if (!this.isStray) this.pieces.push({ kind: "stray", line: this.line });
      this.isStray = true;
      return;
    }
    this.isObject = byte === openBrace;
    this.depth = 1;
    this.cut = 1;
    this.textLine = this.line;
    this.begin(null);
  }

  /** A list under a key of the text's object is cut into its elements; any other is part of a piece. */
  private openList(before: Uint8Array): void {
    this.keep(before);
    // Not a pattern over a long piece for each of its brackets.
    const start = this.pieceSize > longestKey ? "" : Buffer.concat(this.kept).toString();
    const [, key] = /^\s*"((?:[^"\\]|\\.)*)"\s*:\s*$/.exec(start) ?? [];
    this.depth = 2;
    if (key === undefined) {
      this.keep(Uint8Array.of(openBracket));
      return;
    }
    this.cut = 2;
    this.begin(key);
  }

  private close(before: Uint8Array): void {
    const isEmptyList = this.cut === 2 && this.index === 0 && this.pieceLine === 0;
    if (isEmptyList) this.pieces.push(emptyList(this.key ?? "", this.line));
    this.endPiece(before, false);
    this.depth -= 1;
    if (this.depth === 1) {
      this.cut = 1;
      this.begin(null);
      this.afterList = true;
    } else {
      this.pieces.push({ kind: "end", line: this.textLine });
    }
  }

  private begin(key: string | null): void {
    this.key = key;
    this.index = 0;
    this.afterList = false;
    this.restart();
  }

  private restart(): void {
    this.kept = [];
    this.pieceSize = 0;
    this.pieceLine = 0;
  }

  private keep(bytes: Uint8Array): void {
    this.pieceSize += bytes.length;
    if (this.pieceSize > this.rowBytes) this.kept = [];
    else if (bytes.length > 0) this.kept.push(bytes.slice());
  }

  /** Nothing before a bracket that closes is no piece, if no comma stands before it. */
  private endPiece(before: Uint8Array, atComma: boolean): void {
    const isEmpty = this.pieceLine === 0;
    if (!(isEmpty && (this.afterList || (!atComma && this.index === 0)))) {
      this.pieces.push(this.piece(before));
      this.index += 1;
    }
    if (atComma) this.afterList = false;
    this.restart();
  }

  private piece(before: Uint8Array): JsonPiece {
    const size = this.pieceSize + before.length;
    const bytes = size > this.rowBytes ? undefined : Buffer.concat([...this.kept, before]);
    const line = this.pieceLine || this.line;
    if (this.isObject && this.cut === 1) return { kind: "member", line, bytes };
    return { kind: "element", key: this.key, index: this.index, line, bytes };
  }
}

const emptyList = (key: string, line: number): JsonPiece => ({
  kind: "member",
  line,
  bytes: Buffer.from(`"${key}":[]`),
});
