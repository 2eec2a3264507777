import { createHash } from "node:crypto";

/** A file of a version and where it can be read. */
export type SignedFile = { name: string; sha256: string; url: string };

/** @throws Error where the answer is none, or holds other bytes than it should */
export const downloadFile = async (file: SignedFile, signal: AbortSignal): Promise<Buffer> => {
  const response = await fetch(file.url, { signal });
  if (!response.ok) throw new Error(`The download of ${file.name} answered ${response.status}.`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== file.sha256)
    throw new Error(`${file.name} came with SHA-256 ${sha256}, not ${file.sha256}.`);
  return bytes;
};
