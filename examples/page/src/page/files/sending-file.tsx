import { size } from "../parts/figures.ts";
import { ProblemNote } from "../parts/problem-note.tsx";
import { ProgressBar } from "../parts/progress-bar.tsx";
import type { Files } from "./files.ts";
import type { Sending } from "./shelf.ts";

/** A file on its way, or one that did not arrive. */
export const SendingFileRow = ({ sending, files }: { sending: Sending; files: Files }) => {
  const { file, share, problem } = sending;
  return (
    <li class="file" data-name={file.name} data-state={problem ? "failed" : "sending"}>
      <div class="file-head">
        <div class="file-title">
          <bdi class="name">{file.name}</bdi>
          <span class="quiet">{problem ? "did not arrive" : progressOf(sending)}</span>
        </div>
        {problem && (
          <>
            <button type="button" class="plain" onClick={() => void files.again(sending)}>
              Try again
            </button>
            <button type="button" class="plain" onClick={() => files.dismiss(sending)}>
              Dismiss
            </button>
          </>
        )}
      </div>
      {!problem && <ProgressBar label={`Upload of ${file.name}`} value={share < 1 ? share : undefined} />}
      <ProblemNote problem={problem} />
    </li>
  );
};

const progressOf = ({ file, share }: Sending): string => {
  if (share === 0) return `waits, ${size(file.size)}`;
  return share < 1 ? `${Math.round(100 * share)} % of ${size(file.size)}` : "is being read";
};
