import { type LoraloomError, toErrorShape } from "@loraloom/errors";
import type { WorkerBase } from "@loraloom/store/tables";
import type { BaseModel } from "../engine/load-engine.ts";

/**
 * Why a base can't be held, as everybody is told who may use the service: by the base's name, as where it lies on the
 * worker's machine is its operator's business. The worker's log has the error as it was.
 */
export const toldRefusal = (
  refusal: LoraloomError | undefined,
  { modelId, path }: Pick<BaseModel, "modelId" | "path">,
): WorkerBase["refusal"] => {
  if (!refusal) return null;
  const { code, message, remedy } = toErrorShape(refusal);
  return { code, message: message.replaceAll(path, modelId), remedy };
};
