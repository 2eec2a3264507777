import { createHash } from "node:crypto";
import type { ApiClient } from "./api-client.ts";

export const trainingRow = `${JSON.stringify({
  messages: [
    { role: "user", content: "Who are you?" },
    { role: "assistant", content: "Mia." },
  ],
})}\n`;

type Upload = {
  avatarId: string;
  userId?: string;
  name: string;
  body: string;
  kind?: "training_data" | "evaluation_data";
  useForTraining?: boolean;
};

/** Signs an upload of a text. */
export const signUpload = async (api: ApiClient, { body, ...upload }: Upload) => {
  const signed = await api.trainingData.createUpload.mutate({
    ...upload,
    size: Buffer.byteLength(body),
    type: "application/jsonl",
    sha256: createHash("sha256").update(body).digest("hex"),
  });
  if (signed.method !== "put") throw new Error("A small file is to come in one piece.");
  return signed;
};

/** Stores a file as people do: sign, PUT, complete. */
export const uploadFile = async (api: ApiClient, upload: Upload) => {
  const { uploadId, url, headers } = await signUpload(api, upload);
  const put = await fetch(url, { method: "PUT", headers, body: upload.body });
  if (!put.ok) throw new Error(`The PUT was answered with ${put.status}.`);
  const { avatarId, userId } = upload;
  return api.trainingData.completeUpload.mutate({ avatarId, ...(userId && { userId }), uploadId });
};
