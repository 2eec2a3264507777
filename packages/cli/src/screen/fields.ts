import { printableLine } from "./printable.ts";
import type { Screen } from "./screen.ts";

/** Names and values in two columns; elsewhere than on a terminal with a tab between. */
export const fieldLines = (
  fields: [name: string, value: string][],
  { columns, colors }: Pick<Screen, "columns" | "colors">,
): string[] => {
  if (columns === undefined) return fields.map(([name, value]) => `${name}\t${printableLine(value)}`);
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${printableLine(value)}`);
};
