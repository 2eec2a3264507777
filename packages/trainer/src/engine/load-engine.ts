import { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import { type Base, engineKeyOf } from "@loraloom/store/env";
import { type EngineChild, type EngineCommand, startChild } from "./child.ts";
import { connectEngine, type EngineConnection } from "./connection.ts";
import { createDeviceTime, type DeviceTime } from "./device-time.ts";
import { createEngineClock } from "./engine-clock.ts";
import type { AnswerOf } from "./protocol.ts";
import type { SpareInterpreter } from "./spare-interpreter.ts";

export type BaseModel = Base;
export type EngineOptions = {
  command: EngineCommand;
  base: BaseModel;
  /** Bases that it holds in turn with the first; it starts anew for each. */
  furtherBases?: BaseModel[] | undefined;
  /** Whether engines are forked from an interpreter that has imported the slow packages. */
  keepsSpare?: boolean;
  /** An interpreter that outlives the engine's supervisor; left out, one of its own is kept where that is asked. */
  spare?: Pick<SpareInterpreter, "startEngine">;
};

/** An engine that holds its base model and takes work. */
export type LoadedEngine = EngineConnection & {
  /** Names the base that it holds. */
  engineKey: string;
  device: AnswerOf<"hello">;
  base: AnswerOf<"load_base">;
  /** Shared by the runs that it trains at once. */
  deviceTime: DeviceTime;
};

/**
 * Starts an engine and loads the base model into it.
 *
 * @throws LoraloomError `engine_crashed`, or the engine's own code such as `unknown_base_model`
 */
export const loadEngine = async (
  { command, base }: Pick<EngineOptions, "command" | "base">,
  log: Logger,
  start: () => Promise<EngineChild> = async () => startChild(command, log),
): Promise<LoadedEngine> => {
  const clock = createEngineClock();
  const connection = connectEngine(await start(), clock, log);
  try {
    const device = await connection.ask("hello", { protocol: 1 });
    const { modelId, revision, path, dtype, quantization } = base;
    const loaded = await connection.ask("load_base", {
      model_id: modelId,
      revision,
      path,
      dtype,
      quantization,
    });
    log.info(
      { enginePid: connection.pid, device: device.device, model: modelId, dtype, seconds: loaded.seconds },
      "engine ready",
    );
    return {
      ...connection,
      engineKey: engineKeyOf(base),
      device,
      base: loaded,
      deviceTime: createDeviceTime(clock),
    };
  } catch (error) {
    await connection.end();
    throw error;
  }
};

/** What callers get while no engine answers. */
export const noEngine = (cause?: unknown): LoraloomError =>
  new LoraloomError("engine_crashed", "The engine of this worker is not ready; it is being started.", {
    cause,
  });
