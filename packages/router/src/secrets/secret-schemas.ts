import { userSecretNames } from "@loraloom/store/secrets";
import { z } from "zod";

export const secretName = z.enum(userSecretNames);

/** Printable and in one word: it goes into the environment of a process. */
export const secretValue = z
  .string()
  .regex(/^[!-~]{8,512}$/, "must be 8 to 512 characters of ASCII without a space");

/** What is told of a secret: never any of it. */
export const secretSchema = z.object({ name: z.string(), setAt: z.date() });
