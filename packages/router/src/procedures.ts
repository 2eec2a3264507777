import { adapter } from "./adapter/index.ts";
import { admin } from "./admin/index.ts";
import { avatars } from "./avatars/index.ts";
import { chat } from "./chat/chat.ts";
import { files } from "./files/index.ts";
import { health } from "./health/health.ts";
import { keys } from "./keys/index.ts";
import { secrets } from "./secrets/index.ts";
import { train } from "./train/index.ts";
import { trainingData } from "./training-data/index.ts";
import { usage } from "./usage/index.ts";

/** Every procedure of the API, as a plain record: its type carries nothing of the server. */
export const procedures = {
  avatars,
  adapter,
  trainingData,
  files,
  train,
  chat,
  usage,
  keys,
  secrets,
  admin,
  health,
};

export type ApiProcedures = typeof procedures;
