import { byteSize } from "@loraloom/errors";
import { FileFault, type RowFault, shown, shownList } from "../faults.ts";
import type { ScanContext, Scanned, Turn } from "../scan/scanned.ts";
import { repliesOf } from "./replies.ts";
import { countDialog, countTurn } from "./speaker-counts.ts";
import { canonicalSpeaker, parseTurn } from "./turns.ts";

/** Rows of one dialog that are made at a time: each holds up to 64 KiB of context. */
const rowsAtOnce = 16;
/** What a turn takes beside its text. */
const turnBytes = 64;

/** One dialog while it is read: its turns, and at its end its rows. */
export class Dialog {
  private readonly context: ScanContext;
  private readonly line: number;
  private readonly turns: Turn[] = [];
  private readonly replies = new Map<string, number>();
  private size = 0;

  /** `line`: where it begins. */
  constructor(context: ScanContext, line: number) {
    this.context = context;
    this.line = line;
  }

  /** A turn as a file has it; `path` is its own. */
  add(entry: unknown, { line, path }: { line: number; path: string | null }): Scanned {
    const parsed = parseTurn(entry, path);
    if ("faults" in parsed) return this.faulty(parsed.faults, line);
    const { speaker, content, contentPath } = parsed;
    return this.say({ speaker, content, line, path: contentPath });
  }

  say(turn: Turn): Scanned {
    this.size += turn.content.length + turnBytes;
    const { dialogBytes } = this.context.limits;
    if (this.size > dialogBytes) {
      throw new FileFault("too_large", `The dialog has more than ${byteSize(dialogBytes)}.`, {
        line: this.line,
      });
    }
    this.count(turn.speaker);
    this.turns.push(turn);
    return { turn };
  }

  get isEmpty(): boolean {
    return this.turns.length === 0;
  }

  /** The replies of the run's speaker, else of the dialog's own, else only how many there are. */
  *rows(own?: string): Generator<Scanned[]> {
    countDialog(this.context, this.replies.keys());
    const chosen = this.context.speaker ?? own;
    if (chosen === undefined) {
      this.context.facts.unassignedDialogs += 1;
      const replies = [...this.replies.values()].reduce((sum, count) => sum + count, 0);
      const turns = this.turns.length;
      yield [{ unassigned: { turns, replies, characters: this.size - turns * turnBytes } }];
      return;
    }
    const speaker = canonicalSpeaker(chosen);
    if (!this.replies.has(speaker)) {
      yield [this.faulty([speakerNotFound(chosen, [...this.replies.keys()])], this.line, 1)];
      return;
    }
    this.context.facts.chosenSpeakers.add(speaker);
    yield* this.rowsOf(speaker);
  }

  private *rowsOf(speaker: string): Generator<Scanned[]> {
    let batch: Scanned[] = [];
    for (const { content, line } of repliesOf(this.turns, speaker)) {
      batch.push({ row: { ...content, source: { name: this.context.name, line } } });
      if (batch.length < rowsAtOnce) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  private count(name: string): void {
    const begins = this.turns.at(-1)?.speaker !== name;
    countTurn(this.context, name, begins);
    this.replies.set(name, (this.replies.get(name) ?? 0) + (begins ? 1 : 0));
  }

  private faulty(faults: RowFault[], line: number, rows: 0 | 1 = 0): Scanned {
    return { faults: faults.map((fault) => ({ name: this.context.name, line, ...fault })), rows };
  }
}

const speakerNotFound = (chosen: string, speakers: string[]): RowFault => ({
  path: null,
  code: "speaker_not_found",
  message: `Nobody called ${shown(chosen)} speaks in the dialog; its speakers are ${shownList(speakers)}.`,
});
