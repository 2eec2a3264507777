import type { StoredFile } from "@loraloom/client";
import { ProgressBar } from "../parts/progress-bar.tsx";
import { summaryOf } from "./about-file.ts";
import { DeleteButton } from "./delete-button.tsx";
import { FaultList } from "./fault-list.tsx";
import type { Files } from "./files.ts";

/** A file that has arrived: what it holds, what is wrong with it, and whether it is learnt. */
export const StoredFileRow = ({ file, files }: { file: StoredFile; files: Files }) => {
  const { name, report, useForTraining } = file;
  return (
    <li class="file" data-name={name} data-state={stateOf(file)}>
      <div class="file-head">
        <div class="file-title">
          <bdi class="name">{name}</bdi>
          <span class="quiet">{summaryOf(file)}</span>
        </div>
        <label class="switch">
          <input
            type="checkbox"
            aria-label={`Train on ${name}`}
            checked={useForTraining ?? false}
            onChange={({ currentTarget }) => void files.setUse(name, currentTarget.checked)}
          />
          <span>Train on it</span>
        </label>
        <DeleteButton name={name} onDelete={() => void files.remove(name)} />
      </div>
      {!report && <ProgressBar label={`${name} is being read`} />}
      {report && <FaultList thing="fault" total={report.faultCount} faults={report.faults} />}
      {report && <FaultList thing="warning" total={report.warningCount} faults={report.warnings} />}
    </li>
  );
};

const stateOf = ({ report, useForTraining }: StoredFile): string => {
  if (!report) return "inspecting";
  if (report.faultCount > 0) return "faulty";
  return useForTraining ? "used" : "unused";
};
