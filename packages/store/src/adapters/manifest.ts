import { createHash } from "node:crypto";
import { z } from "zod";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { putObject, readJson } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { VersionManifest } from "../tables/adapters.ts";

/** An ULID, as a version, a run or a backup is named. */
export const ulidSchema = z.ulid();

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * `manifest.json`, the last object of a version: what a reader of the store alone has to know of it. What it says
 * beside this, such as the run's config, is kept.
 */
export const manifestSchema = z.looseObject({
  version: ulidSchema,
  runId: z.string(),
  generation: z.int().positive().default(1),
  baseModel: z.string(),
  engineKey: z.string(),
  // Older ones are all adapters.
  kind: z.enum(["adapter", "model"]).default("adapter"),
  files: z.array(z.object({ name: z.string().min(1), size: z.int().nonnegative(), sha256 })).min(1),
  templateVariables: z.record(z.string(), z.string()),
  metrics: z.object({
    steps: z.int(),
    tokens: z.int(),
    seconds: z.number(),
    finalLoss: z.number(),
    heldOutBefore: z.number().nullable(),
    heldOutAfter: z.number().nullable(),
    stoppedEarly: z.boolean().optional(),
    bestStep: z.int().nullish(),
  }),
  inputs: z
    .array(z.object({ fileId: z.string(), name: z.string(), sha256, role: z.enum(["train", "evaluation"]) }))
    .default([]),
  parents: z.array(z.object({ version: z.string(), how: z.enum(["restored", "warm-start"]) })).default([]),
  restoredFrom: z.string().nullable().default(null),
}) satisfies z.ZodType<VersionManifest>;

type Place = AvatarScope & { version: string };

/** @throws LoraloomError `storage_unavailable` */
export const readManifest = async (
  { objects }: Pick<Store, "objects">,
  place: Place,
): Promise<VersionManifest | "missing" | "damaged"> => {
  const read = await readJson(objects, adapterKeys(place).versionManifest(place.version), manifestSchema);
  if (typeof read === "string") return read;
  return read.value.version === place.version ? read.value : "damaged";
};

/** Puts the last object of a version: whoever finds it finds the whole version. @throws LoraloomError `storage_unavailable` */
export const writeManifest = async (
  { objects }: Pick<Store, "objects">,
  scope: AvatarScope,
  manifest: VersionManifest & Record<string, unknown>,
): Promise<void> => {
  const body = `${JSON.stringify(manifest, null, 2)}\n`;
  await putObject(objects, {
    key: adapterKeys(scope).versionManifest(manifest.version),
    body,
    contentType: "application/json",
    sha256Hex: createHash("sha256").update(body).digest("hex"),
  });
};
