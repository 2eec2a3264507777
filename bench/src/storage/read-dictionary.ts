import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Bucket } from "../services/bucket.ts";
import { avatar } from "./avatar.ts";

const key = `users/${avatar.userId}/avatars/${avatar.avatarId}/adapters/metadata/metadata.json`;

/** The flags as other tools read them. */
export const readDictionary = async ({ client, bucket }: Bucket): Promise<Record<string, boolean>> => {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return JSON.parse((await answer.Body?.transformToString()) ?? "{}");
};
