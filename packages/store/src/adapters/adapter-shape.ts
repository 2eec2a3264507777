import { LoraloomError } from "@loraloom/errors";
import { z } from "zod";
import { adapterKeys } from "../keys/index.ts";
import { readJson } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { Version } from "./version.ts";
import { versionKind } from "./version-kind.ts";

/** What PEFT's `adapter_config.json` says of an adapter's form, as far as this service trains it. */
const adapterConfig = z.object({
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().default(false),
  use_dora: z.boolean().default(false),
  target_modules: z.union([z.literal("all-linear"), z.array(z.string()).min(1)]),
});

/** An adapter's form, which it keeps through further training. */
export type AdapterShape = {
  rank: number;
  alpha: number;
  rankStabilized: boolean;
  dora: boolean;
  targetModules: "all-linear" | string[];
};

/** What a run that goes on from a version takes from it: a whole model has the base's form. */
export type VersionForm = ({ fullFineTuning: false } & AdapterShape) | { fullFineTuning: true };

/** @throws LoraloomError as {@link readAdapterShape} */
export const readVersionForm = async (
  store: Pick<Store, "objects">,
  version: Version,
): Promise<VersionForm> =>
  versionKind(version) === "model"
    ? { fullFineTuning: true }
    : { fullFineTuning: false, ...(await readAdapterShape(store, version)) };

/**
 * The form of an adapter, as its own files tell it.
 *
 * @throws LoraloomError `corrupt_adapter` where they don't, `storage_unavailable`
 */
const readAdapterShape = async (
  { objects }: Pick<Store, "objects">,
  version: Version,
): Promise<AdapterShape> => {
  const key = adapterKeys(version).versionFile(version.id, "adapter_config.json");
  const read = await readJson(objects, key, adapterConfig);
  if (typeof read === "string")
    throw new LoraloomError("corrupt_adapter", `'${key}' is ${read}.`, {
      details: { versionId: version.id },
    });
  const { r, lora_alpha, use_rslora, use_dora, target_modules } = read.value;
  const scale = { rank: r, alpha: lora_alpha, rankStabilized: use_rslora };
  return { ...scale, dora: use_dora, targetModules: target_modules };
};
