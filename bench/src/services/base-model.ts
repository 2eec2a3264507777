import { dataFolder, readSettings } from "@loraloom/launcher";
import { makeTinyBase } from "@loraloom/testkit/tiny-base";

/** A base model as host and worker are told of it. */
export type BaseModel = { id: string; path: string };
export type BaseName = "demo" | "tiny";

/** `demo`: the one that set-up downloads; `tiny`: a few thousand parameters, made for this run. */
export const openBaseModel = async (name: BaseName): Promise<BaseModel & AsyncDisposable> => {
  if (name === "tiny") return { id: "bench/tiny", ...(await makeTinyBase()) };
  const { baseModel: path } = dataFolder(readSettings().dataDir);
  return { id: "HuggingFaceTB/SmolLM2-135M-Instruct", path, [Symbol.asyncDispose]: async () => {} };
};
