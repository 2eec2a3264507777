import {
  assignSplit,
  type CanonicalRow,
  type Fault,
  type FoundRow,
  RowHashSet,
  rowsForMethod,
  type TrainingMethod,
  type UnusedRows,
  unusedRowsFault,
} from "@loraloom/dataset";
import type { ErrorCode } from "@loraloom/errors";

type SplitChoice = { share: number; seed: number };
type Options = { method: TrainingMethod; split?: SplitChoice | undefined; warn: (warning: Fault) => void };

/** Compares the rows of many files with each other, in 16 bytes a row and some slack; evaluation files come first. */
export class RowTally {
  private readonly options: Options;
  private readonly training = new RowHashSet();
  private readonly evaluation = new RowHashSet();
  private unusedOfFile: UnusedRows | undefined;

  examples = 0;
  evaluationExamples = 0;
  unusedRows = 0;
  duplicatesAcrossFiles = 0;
  overlap = 0;

  constructor(options: Options) {
    this.options = options;
  }

  readonly addEvaluation = ({ row, hash }: FoundRow): void => {
    this.evaluation.add(hash);
    this.evaluationExamples += rowsForMethod(row, this.options.method).length;
  };

  readonly addTraining = ({ row, hash, isRepeated }: FoundRow): void => {
    this.count(row);
    if (!this.training.add(hash) && !isRepeated) {
      this.duplicatesAcrossFiles += 1;
      this.warn(row, "duplicate_row", "The row is the same as one of an earlier file.");
    }
    if (this.evaluation.has(hash)) {
      this.overlap += 1;
      this.warn(row, "evaluation_overlap", "The row is in the evaluation data as well.");
    }
  };

  /** Warns of the training file that was read: once, not for each row that the method has no use for. */
  readonly endTrainingFile = (): void => {
    const { method, warn } = this.options;
    if (this.unusedOfFile) warn(unusedRowsFault(this.unusedOfFile, method));
    this.unusedOfFile = undefined;
  };

  private count(row: CanonicalRow): void {
    const { method, split } = this.options;
    const examples = rowsForMethod(row, method).length;
    if (examples === 0) {
      this.unusedRows += 1;
      this.unusedOfFile ??= { first: row, rows: 0 };
      this.unusedOfFile.rows += 1;
    } else if (split && assignSplit(row, split) === "evaluation") {
      this.evaluationExamples += examples;
    } else {
      this.examples += examples;
    }
  }

  private warn({ source: { name, line } }: CanonicalRow, code: ErrorCode, message: string): void {
    this.options.warn({ name, line, path: null, code, message });
  }
}
