import { z } from "zod";

/** Which files an upload is for. */
export const kindShape = { kind: z.enum(["training_data", "evaluation_data"]).default("training_data") };
