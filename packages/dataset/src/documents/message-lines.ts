import { LoraloomError } from "@loraloom/errors";

const newline = 0x0a;

/** Cuts what a child writes into lines, and never holds more than one line's limit. */
export class MessageLines {
  private pending: Buffer[] = [];
  private size = 0;
  private readonly limitBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** The lines that end in this chunk, one at a time. */
  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.keep(chunk.subarray(start, end));
      yield this.take();
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
  }

  private keep(piece: Buffer): void {
    this.size += piece.length;
    this.pending.push(piece);
    if (this.size > this.limitBytes) {
      throw new LoraloomError(
        "inspection_failed",
        `The file's reader wrote more than ${this.limitBytes} bytes in a line.`,
      );
    }
  }

  private take(): string {
    const line = Buffer.concat(this.pending).toString("utf8");
    this.pending = [];
    this.size = 0;
    return line;
  }
}
