import type { StoredFile } from "@loraloom/client";
import { type Demo, scope } from "./demo.ts";
import { ensureAdapter } from "./ensure-adapter.ts";
import { draftsFile, heldOutFile, trainFile } from "./persona-files.ts";

/** Makes the adapter if it is not there yet and uploads the three files by presigned PUT. */
export const uploadFiles = async ({ client, screen, signal }: Demo): Promise<void> => {
  screen.step("Upload the persona's chats, straight to the object store by presigned PUT");
  await ensureAdapter(client, scope);
  const to = { ...scope, signal };
  const files = [
    await client.uploadTrainingData(trainFile.path, { ...to, useForTraining: true }),
    await client.uploadTrainingData(draftsFile.path, { ...to, useForTraining: false }),
    await client.uploadEvaluationData(heldOutFile.path, to),
  ];
  for (const file of files) screen.line(`   ${file.name.padEnd(14)} ${rowsOf(file)}, ${purposeOf(file)}`);
};

const rowsOf = ({ report }: StoredFile): string => `${report?.usableRows ?? 0} chats`;

const purposeOf = (file: StoredFile): string => {
  if (file.kind === "evaluation_data") return "held out, never trained on";
  return file.useForTraining ? "for training" : "marked as not for training";
};
