import { join } from "node:path";
import type { BaseModel } from "../services/base-model.ts";
import type { OurEngine } from "./our-engine.ts";
import { type Changes, type Outcome, trainFresh, type WarmPeer } from "./peers.ts";
import type { Rows } from "./prepare-rows.ts";
import { runConfig } from "./run-config.ts";

export const armNames = [
  "TRL, fresh process",
  "TRL, warm",
  "TRL, warm and tuned",
  "ours, one run",
  "ours, runs at once",
  "TRL, fresh process, own dtype",
  "ours, runs at once, own dtype",
] as const;
export type ArmName = (typeof armNames)[number];

/** Of an adapter: seconds, and its loss in the last step. */
export type Turn = { seconds: number; loss: number };
export type Arms = Partial<Record<ArmName, () => Promise<Turn>>>;

export type ArmOptions = {
  rows: Rows;
  folder: string;
  /** How many times as many chats the job has that figures are told for. */
  scale: number;
  /** TRL's mixed precision where both sides compute in the same number type. */
  bf16: boolean;
};

/** The peers'. What comes before and after the steps is not scaled, as it stays the same. */
export const peerArms = (
  peer: { python: string; warm: WarmPeer; base: BaseModel },
  { rows, folder, scale, bf16 }: ArmOptions,
): Arms => {
  const out = join(folder, "peer-adapter");
  const job = (changes: Changes) => ({ rowsPath: rows.orderedPath, out, changes });
  const turn = ({ seconds, setup, loss }: Outcome): Turn => ({ seconds: setup + seconds * scale, loss });
  const fresh = async (changes: Changes) =>
    turn(await trainFresh(peer.python, peer.base, { folder, ...job(changes) }));
  const warm = async (changes: Changes) => turn(await peer.warm.train(job(changes)));
  return {
    "TRL, fresh process": () => fresh({ bf16 }),
    "TRL, warm": () => warm({ bf16 }),
    "TRL, warm and tuned": () => warm({ bf16, gradient_checkpointing: false }),
    "TRL, fresh process, own dtype": () => fresh({}),
  };
};

/** Ours, whose steps alone are scaled too. */
export const ourArms = (
  engines: { same: OurEngine; own: OurEngine },
  { rows, scale, runs }: ArmOptions & { runs: number },
): Arms => ({
  "ours, one run": () => trainAtOnce(engines.same, { rows, scale, runs: 1 }),
  "ours, runs at once": () => trainAtOnce(engines.same, { rows, scale, runs }),
  "ours, runs at once, own dtype": () => trainAtOnce(engines.own, { rows, scale, runs }),
});

/** Each run has a seed of its own; the first one's is the peers', and so is its loss to be. */
const trainAtOnce = async (
  engine: OurEngine,
  { rows, scale, runs }: { rows: Rows; scale: number; runs: number },
): Promise<Turn> => {
  const { setup, seconds, losses } = await engine.train(
    Array.from({ length: runs }, (_, index) => ({
      name: `run${index}`,
      rowsPath: rows.path,
      config: { ...runConfig, seed: runConfig.seed + index },
    })),
  );
  return { seconds: (setup + seconds * scale) / runs, loss: losses[0] ?? Number.NaN };
};
