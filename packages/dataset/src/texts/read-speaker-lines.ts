import { type TextLine, textLines } from "../bytes/text-lines.ts";
import { utf8Text } from "../bytes/utf8-text.ts";
import { Dialog } from "../dialogs/dialog.ts";
import { countDialog, countTurn } from "../dialogs/speaker-counts.ts";
import { FileFault } from "../faults.ts";
import { batches, paced } from "../scan/batches.ts";
import type { ScanContext, Scanned, Turn } from "../scan/scanned.ts";
import { type Passage, Passages } from "./passages.ts";
import { passageRow } from "./read-text.ts";
import { parseSpeakerLine } from "./speaker-lines.ts";

/** A conversation in lines `Name: text`: a dialog for a run with a speaker, else a document. */
export async function* readSpeakerLines(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Scanned[]> {
  context.facts.format = "speaker-lines";
  yield* context.speaker === undefined ? readDocument(context, bytes) : readDialog(context, bytes);
}

async function* readDialog(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Scanned[]> {
  const dialog = new Dialog(context, 1);
  const turns = new LineTurns();
  for await (const lines of textLines(bytes, context.limits.rowBytes)) {
    yield* batches(context.pacer, lines, (line) => {
      const turn = turns.push(textOf(line));
      return turn && dialog.say(turn);
    });
  }
  const last = turns.end();
  if (last) yield [dialog.say(last)];
  yield* paced(context.pacer, dialog.rows());
}

/** The text as it is, and who speaks in it. */
async function* readDocument(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Scanned[]> {
  const passages = new Passages();
  const speakers = new SpeakerTally(context);
  const read = (passage: Passage) => passageRow(context.name, passage);
  for await (const text of utf8Text(bytes)) {
    speakers.push(text);
    yield* batches(context.pacer, passages.push(text), read);
  }
  speakers.end();
  yield* batches(context.pacer, passages.end(), read);
}

const textOf = (line: TextLine): { text: string; number: number } => {
  if ("text" in line) return line;
  const { number, problem } = line;
  const what = problem === "not_utf8" ? `is not UTF-8${line.guess}` : "is longer than a row may be";
  throw new FileFault(problem, `Line ${number} ${what}.`, { line: number });
};

/** Puts lines together into turns: what follows a line with a name belongs to it. */
class LineTurns {
  private turn: Turn | undefined;

  /** The turn that this line ends. */
  push({ text, number }: { text: string; number: number }): Turn | undefined {
    const begun = parseSpeakerLine(text);
    if (!begun) {
      if (this.turn) this.turn.content += `\n${text}`;
      return undefined;
    }
    const ended = this.end();
    this.turn = { ...begun, line: number, path: null };
    return ended;
  }

  end(): Turn | undefined {
    const { turn } = this;
    this.turn = undefined;
    const content = turn?.content.replace(/^\n+/, "").trimEnd();
    return turn && content ? { ...turn, content } : undefined;
  }
}

/** Counts the turns of a text that is read as a document. */
class SpeakerTally {
  private readonly context: ScanContext;
  private rest = "";
  private last: string | undefined;

  constructor(context: ScanContext) {
    this.context = context;
  }

  push(text: string): void {
    const lines = (this.rest + text).split("\n");
    // A name stands at the beginning of a line: of an endless line no more is kept.
    this.rest = lines.pop()?.slice(0, 1000) ?? "";
    for (const line of lines) this.count(line);
  }

  end(): void {
    this.count(this.rest);
    countDialog(this.context, this.context.facts.speakers.keys());
  }

  private count(line: string): void {
    const turn = parseSpeakerLine(line);
    if (!turn) return;
    countTurn(this.context, turn.speaker, turn.speaker !== this.last);
    this.last = turn.speaker;
  }
}
