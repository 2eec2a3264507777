import type { Store } from "@loraloom/store";
import type { StoredFile } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import { beginUpload, putBytes, type TestFile } from "@loraloom/store/testing";
import { completeUpload } from "@loraloom/store/uploads";
import { inspect } from "../inspection/inspect.ts";

/** A row of chat JSONL. */
export const chatRow = (question: string, answer: string): string =>
  JSON.stringify({
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  });

/** Turns as they stand in a dialog file, such as `["Ada: Ahoy.", "Ben: Hello."]`. */
export const dialogOf = (turns: string[], speaker?: string): string =>
  JSON.stringify({
    dialog: turns.map((turn) => {
      const [name = "", content = ""] = turn.split(": ");
      return { speaker: name, content };
    }),
    speaker,
  });

type TrainingFile = TestFile & { body: string };

/** Stores a file as people do, with the report that it really gets. */
export const storeTrainingFile = async (
  store: Store,
  scope: AvatarScope,
  file: TrainingFile,
): Promise<StoredFile> => {
  const upload = await beginUpload(store, scope, file);
  const answer = await putBytes(upload, file.body);
  if (!answer.ok) throw new Error(`The PUT was answered with ${answer.status}.`);
  return completeUpload(store, scope, { uploadId: upload.uploadId, inspect });
};
