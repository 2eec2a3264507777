import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Their files are short, but each takes as long as fifty others. */
const wholeProcesses = /\/(packages\/[^/]+|bench|chaos)\/tests\//;

/** Files whose tests start services and engines come first, so that none is left alone at the end of the run. */
export class WholeProcessesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => wholeProcesses.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
