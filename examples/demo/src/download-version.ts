import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Demo, scope } from "./demo.ts";

/** Downloads a version by its presigned URLs into a folder and checks each file's SHA-256. */
export const downloadVersion = async (
  { client, signal }: Demo,
  version: string,
  folder: string,
): Promise<void> => {
  const { files } = await client.adapter.download.query({ ...scope, version }, { signal });
  for (const file of files) {
    const response = await fetch(file.url, { signal });
    if (!response.ok) throw new Error(`The download of ${file.name} answered ${response.status}.`);
    const bytes = Buffer.from(await response.arrayBuffer());
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (sha256 !== file.sha256)
      throw new Error(`${file.name} came with SHA-256 ${sha256}, not ${file.sha256}.`);
    await writeFile(join(folder, file.name), bytes);
  }
};
