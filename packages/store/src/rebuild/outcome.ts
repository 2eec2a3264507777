import type { AvatarScope } from "../keys/index.ts";

export type FoundFault = { key: string; reason: string };
export type RebuildOutcome = {
  avatars: number;
  adapters: number;
  versions: number;
  backups: number;
  runs: number;
  files: { adopted: number; changed: number; missing: number; skipped: number };
  /** Avatars with more files than they may have: how many, and of the first thousand by how many files. */
  surplus: { count: number; first: Surplus[] };
  /** Objects of ours that nothing could be made of: how many, and the first thousand. */
  damaged: { count: number; first: FoundFault[] };
};

export type Surplus = AvatarScope & { files: number };

const maxListed = 1000;

export const emptyOutcome = (): RebuildOutcome => ({
  avatars: 0,
  adapters: 0,
  versions: 0,
  backups: 0,
  runs: 0,
  files: { adopted: 0, changed: 0, missing: 0, skipped: 0 },
  surplus: { count: 0, first: [] },
  damaged: { count: 0, first: [] },
});

export const noteDamaged = ({ damaged }: RebuildOutcome, fault: FoundFault): void => note(damaged, fault);

export const noteSurplus = ({ surplus }: RebuildOutcome, avatar: Surplus): void => note(surplus, avatar);

const note = <Item>(listed: { count: number; first: Item[] }, item: Item): void => {
  listed.count += 1;
  if (listed.first.length < maxListed) listed.first.push(item);
};
