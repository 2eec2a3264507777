export type FoundFault = { key: string; reason: string };
export type RebuildOutcome = {
  avatars: number;
  adapters: number;
  versions: number;
  backups: number;
  runs: number;
  files: { adopted: number; changed: number; missing: number; skipped: number };
  /** Objects of ours that nothing could be made of: how many, and the first thousand. */
  damaged: { count: number; first: FoundFault[] };
};

const maxListed = 1000;

export const emptyOutcome = (): RebuildOutcome => ({
  avatars: 0,
  adapters: 0,
  versions: 0,
  backups: 0,
  runs: 0,
  files: { adopted: 0, changed: 0, missing: 0, skipped: 0 },
  damaged: { count: 0, first: [] },
});

export const noteDamaged = ({ damaged }: RebuildOutcome, fault: FoundFault): void => {
  damaged.count += 1;
  if (damaged.first.length < maxListed) damaged.first.push(fault);
};
