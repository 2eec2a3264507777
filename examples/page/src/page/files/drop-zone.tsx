import { useSignal } from "@preact/signals";
import type { TargetedDragEvent, TargetedEvent } from "preact";

type DropZoneProps = { onFiles: (files: File[]) => void };

/** Where files are dropped, or picked by the button in it. */
export const DropZone = ({ onFiles }: DropZoneProps) => {
  const isOver = useSignal(false);
  const drop = (event: TargetedDragEvent<HTMLElement>) => {
    event.preventDefault();
    isOver.value = false;
    onFiles([...(event.dataTransfer?.files ?? [])]);
  };
  const over = (event: Event) => {
    event.preventDefault();
    isOver.value = true;
  };
  const pick = ({ currentTarget }: TargetedEvent<HTMLInputElement>) => {
    onFiles([...(currentTarget.files ?? [])]);
    // So that the same file can be picked again, corrected.
    currentTarget.value = "";
  };
  return (
    <section
      class="drop-zone"
      data-over={isOver}
      aria-label="Add files"
      onDragOver={over}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={drop}
    >
      <p>
        Drop files here, or{" "}
        <label class="pick">
          choose them
          <input type="file" multiple onChange={pick} />
        </label>
      </p>
      <p class="quiet">
        Chats, pairs, dialogs, tables, documents: JSONL, JSON, CSV, Parquet, text, Markdown, HTML, PDF, DOCX.
        The format is found from the content.
      </p>
    </section>
  );
};
