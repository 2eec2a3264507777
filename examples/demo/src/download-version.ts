import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Demo, scope } from "./demo.ts";
import { downloadFile } from "./download-file.ts";

/** Downloads a version by its presigned URLs into a folder and checks each file's SHA-256. */
export const downloadVersion = async (
  { client, signal }: Demo,
  version: string,
  folder: string,
): Promise<void> => {
  const { files } = await client.adapter.download.query({ ...scope, version }, { signal });
  for (const file of files) await writeFile(join(folder, file.name), await downloadFile(file, signal));
};
