import type { ArmName, Arms, Turn } from "./arms.ts";

/** Of each arm a turn in each round. */
export type Turns = Partial<Record<ArmName, Turn[]>>;

/**
 * Lets all arms take a turn in each round, every second round in the reverse order: what else the machine does, and
 * what one warms up for the next, falls on all. A turn before, of those that stay loaded, is not counted.
 */
export const takeTurns = async (
  arms: Arms,
  { rounds, onTurn }: { rounds: number; onTurn: (name: string, round: number) => void },
): Promise<Turns> => {
  const all = Object.entries(arms) as [ArmName, () => Promise<Turn>][];
  for (const [name, arm] of all) if (!name.includes("fresh")) await arm();
  const turns: Turns = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, arm] of round % 2 === 1 ? all.toReversed() : all) {
      onTurn(name, round);
      turns[name] = [...(turns[name] ?? []), await arm()];
    }
  }
  return turns;
};
