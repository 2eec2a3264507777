import { z } from "zod";
import { text } from "../schemas/text.ts";

export const uploadIdShape = { uploadId: text.min(1).max(64) };

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits");
