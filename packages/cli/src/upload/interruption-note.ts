import { formatCount, plural } from "../screen/formats.ts";
import { type BrokenUpload, resumeCommand } from "./resume-hint.ts";

export type Interrupted = {
  files: number;
  stored: number;
  /** Large files of which the store keeps what has arrived. */
  broken: BrokenUpload[];
};

/** What has become of files whose upload was ended with Ctrl-C: how many are stored, and what to do about the rest. */
export const interruptionNotes = ({ files, stored, broken }: Interrupted): string[] => {
  if (stored === files) return [`Stored: ${plural(files, "file")}. See: loraloom ls`];
  const others = files - stored - broken.length;
  return [
    ...(stored > 0 ? [`Stored: ${formatCount(stored)} of ${plural(files, "file")}.`] : []),
    ...broken.map(resumeNote),
    ...(others > 0 ? [lostNote(others, files)] : []),
  ];
};

const resumeNote = (broken: BrokenUpload): string =>
  `What has arrived of ${broken.local.name} is kept for a day. Take it up again, with the same options: ${resumeCommand(broken)}`;

const lostNote = (others: number, files: number): string =>
  others === files
    ? "Nothing of it is kept. To upload it, run the same command again."
    : `Nothing is kept of the other ${plural(others, "file")}. To upload the rest, run the same command again.`;
