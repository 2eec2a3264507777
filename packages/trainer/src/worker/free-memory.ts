import type { Logger } from "@loraloom/store";
import type { LoadedEngine } from "../engine/load-engine.ts";

/** An engine in the middle of a pass answers after it. */
const askMilliseconds = 15_000;

type Watched = {
  /** The engine of this moment; undefined while none is ready. */
  engine: () => Pick<LoadedEngine, "ask" | "device"> | undefined;
  log: Logger;
};

/** The free memory of the engine's device in bytes, as it was told last; null before an engine is ready. */
export const watchFreeMemory = ({ engine, log }: Watched): Disposable & { bytes: () => number | null } => {
  let bytes = engine()?.device.free_memory_bytes ?? null;
  let isAsked = false;
  const ask = async (): Promise<void> => {
    const asked = engine();
    if (!asked || isAsked) return;
    isAsked = true;
    try {
      bytes = (await asked.ask("hello", { protocol: 1 })).free_memory_bytes;
    } catch (error) {
      log.debug({ err: error }, "the engine did not tell its free memory");
    }
    isAsked = false;
  };
  const timer = setInterval(() => void ask(), askMilliseconds);
  return { bytes: () => bytes, [Symbol.dispose]: () => clearInterval(timer) };
};
