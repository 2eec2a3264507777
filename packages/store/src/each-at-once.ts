import { eachInTurn } from "./each-in-turn.ts";

/**
 * Does work for each item, a few at a time. As with {@link eachInTurn} an item that fails doesn't keep the others
 * from their turn.
 *
 * @throws an AggregateError of what failed, at the end
 */
export const eachAtOnce = async <Item>(
  items: Item[],
  { atOnce, work }: { atOnce: number; work: (item: Item) => Promise<unknown> },
): Promise<void> => {
  const lanes = Array.from({ length: atOnce }, (_, lane) =>
    items.filter((_, index) => index % atOnce === lane),
  );
  const ended = await Promise.allSettled(lanes.map((lane) => eachInTurn(lane, work)));
  const failures = ended.flatMap((lane) => (lane.status === "rejected" ? [lane.reason] : []));
  if (failures.length > 0)
    throw new AggregateError(failures, `Work for ${items.length} items failed in part`);
};
