import { formatCount, plural } from "../screen/formats.ts";

/** What has become of files whose upload was ended with Ctrl-C: how many are stored, and what to do about the rest. */
export const interruptionNote = ({ files, stored }: { files: number; stored: number }): string => {
  if (stored === files) return `Stored: ${plural(files, "file")}. See: loraloom ls`;
  const kept =
    stored === 0
      ? "Nothing of it is kept."
      : `Stored: ${formatCount(stored)} of ${plural(files, "file")}; nothing is kept of the rest.`;
  return `${kept} To upload it, run the same command again.`;
};
