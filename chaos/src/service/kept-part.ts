import { type Part, type RunningPart, supervisePart } from "@loraloom/launcher";

/** A part as the launcher keeps it: whatever ends it, it starts again. */
export type KeptPart = AsyncDisposable & {
  name: string;
  /** Of the process that runs now, or ran last. */
  pid: () => number;
  /** Kills it with all that it started. */
  killAll: () => void;
};

export type KeepOptions = { report: (line: string) => void; signal: AbortSignal };
/** Whether it may finish what it does when all is over. */
export type Ending = "in order" | "at once";

/** Faults follow each other quickly: nobody learns anything while a part waits to be started again. */
const firstDelayMs = 100;

/**
 * Starts a part and keeps it.
 *
 * @throws LoraloomError `part_failed`
 */
export const keepPart = async (part: Part, options: KeepOptions, ending: Ending): Promise<KeptPart> => {
  let running: RunningPart | undefined;
  const onSpawned = (spawned: RunningPart) => {
    running = spawned;
  };
  const supervised = await supervisePart(part, { ...options, onSpawned, firstDelayMs });
  const current = (): RunningPart => {
    if (!running) throw new Error(`${part.name} was never started.`);
    return running;
  };
  return {
    name: part.name,
    pid: () => current().pid,
    killAll: () => current().kill(),
    [Symbol.asyncDispose]: async () => {
      const stopped = supervised.stop();
      if (ending === "at once") current().kill();
      await stopped;
    },
  };
};
