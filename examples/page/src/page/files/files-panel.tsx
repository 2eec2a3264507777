import { count } from "../parts/figures.ts";
import { ProblemNote } from "../parts/problem-note.tsx";
import { DropZone } from "./drop-zone.tsx";
import type { Files } from "./files.ts";
import { SendingFileRow } from "./sending-file.tsx";
import { StoredFileRow } from "./stored-file.tsx";

/** The avatar's training files. */
export const FilesPanel = ({ files }: { files: Files }) => {
  const stored = files.stored.value;
  const total = files.total.value;
  return (
    <section class="panel" aria-labelledby="files-title">
      <h2 id="files-title">
        Files {total !== null && total > 0 && <span class="quiet">{count(total)}</span>}
      </h2>
      <DropZone onFiles={(dropped) => void files.add(dropped)} />
      <ProblemNote problem={files.problem.value} />
      <ProblemNote problem={files.readProblem.value} />
      <ul class="file-list">
        {files.sending.value.map((sending) => (
          <SendingFileRow key={sending.id} sending={sending} files={files} />
        ))}
        {stored.map((file) => (
          <StoredFileRow key={file.name} file={file} files={files} />
        ))}
      </ul>
      {total === 0 && files.sending.value.length === 0 && <p class="empty">No files yet.</p>}
      {total !== null && total > stored.length && (
        <p class="quiet">The first {count(stored.length)} by name; the others are trained on as well.</p>
      )}
    </section>
  );
};
