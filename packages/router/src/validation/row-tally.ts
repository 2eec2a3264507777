import {
  assignSplit,
  type CanonicalRow,
  type Fault,
  type FoundRow,
  RowHashSet,
  rowsForMethod,
  type TrainingMethod,
  unusedRowFault,
} from "@loraloom/dataset";
import type { ErrorCode } from "@loraloom/errors";

type SplitChoice = { share: number; seed: number };
type Options = { method: TrainingMethod; split?: SplitChoice | undefined; warn: (warning: Fault) => void };

/** Compares the rows of many files with each other, in 16 bytes a row and some slack; evaluation files come first. */
export class RowTally {
  private readonly options: Options;
  private readonly training = new RowHashSet();
  private readonly evaluation = new RowHashSet();

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

  private count(row: CanonicalRow): void {
    const { method, split, warn } = this.options;
    const examples = rowsForMethod(row, method).length;
    if (examples === 0) {
      this.unusedRows += 1;
      warn(unusedRowFault(row, method));
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
