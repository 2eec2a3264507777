import type { VersionFile, VersionKind } from "../tables/adapters.ts";

/** PEFT's own layout, in the order in which a reader opens it. */
export const adapterFiles = ["adapter_config.json", "adapter_model.safetensors"] as const;

/** What a version is, as its files tell: a whole model's folder has a config of its own. */
export const versionKind = ({ files }: { files: Pick<VersionFile, "name">[] }): VersionKind =>
  files.some(({ name }) => name === "config.json") ? "model" : "adapter";
