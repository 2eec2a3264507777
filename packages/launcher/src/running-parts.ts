import type { RunningPart } from "./part.ts";

/**
 * Knows the process of each part, and kills them all at once when nobody wants to wait for a clean end.
 *
 * @returns to be told each new process
 */
export const trackRunningParts = (stopNow: AbortSignal | undefined): ((part: RunningPart) => void) => {
  const running = new Map<string, RunningPart>();
  const killAll = () => {
    for (const part of running.values()) part.kill();
  };
  stopNow?.addEventListener("abort", killAll, { once: true });
  return (part) => void running.set(part.name, part);
};
