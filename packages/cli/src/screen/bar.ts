import type { Colors } from "./colors.ts";

const usualWidth = 24;

/** `━━━━━━────` */
export const bar = (share: number, colors: Colors, width = usualWidth): string => {
  const filled = Math.round(width * Math.min(1, Math.max(0, share)));
  return colors.cyan("━".repeat(filled)) + colors.dim("─".repeat(width - filled));
};

/** `42 %` in a column of its own. */
export const percent = (share: number): string => `${Math.floor(100 * Math.min(1, share))} %`.padStart(5);
