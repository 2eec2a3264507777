import { z } from "zod";
import { fileName } from "../files/file-schemas.ts";

/** A file that runs read, by its name; it may be gone. */
export const readFileShape = {
  kind: z.enum(["training_data", "evaluation_data"]).default("training_data"),
  name: fileName,
};

const held = {
  avatarId: z.string(),
  version: z.string(),
  /** `evaluated`: it was only measured on the bytes, and its weights hold nothing of them. */
  how: z.enum(["trained", "inherited", "evaluated"]),
};

/** Versions and backups, of any avatar of the user, that hold what a file teaches; the newest first. */
export const holderShape = {
  versions: z.array(z.object({ ...held, state: z.enum(["candidate", "current", "previous", "rejected"]) })),
  backups: z.array(z.object({ ...held, backup: z.string() })),
};
