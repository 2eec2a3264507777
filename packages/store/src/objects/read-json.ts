import type { z } from "zod";
import { parseJson } from "../parse-json.ts";
import type { ObjectStore } from "./client.ts";
import { getObject } from "./get.ts";

/**
 * A small object of JSON. `missing`: there is none; `damaged`: it is none of this form.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const readJson = async <Schema extends z.ZodType>(
  objects: ObjectStore,
  key: string,
  schema: Schema,
): Promise<{ value: z.output<Schema>; etag: string } | "missing" | "damaged"> => {
  const object = await getObject(objects, { key });
  if (!object) return "missing";
  const parsed = schema.safeParse(parseJson(Buffer.from(await object.bytes()).toString("utf8")));
  return parsed.success ? { value: parsed.data, etag: object.etag } : "damaged";
};
