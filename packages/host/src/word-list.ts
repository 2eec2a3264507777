import { z } from "zod";

/** A variable that holds words with commas between them. */
export const wordList = (usual: string) =>
  z
    .string()
    .default(usual)
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    );
