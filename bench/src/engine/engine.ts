import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseBaseDtype } from "@loraloom/launcher";
import { python } from "../repository.ts";
import type { Figure } from "../results/figure.ts";
import {
  explain,
  judge,
  type Measured,
  type Result,
  type Unmeasured,
  type UnmeasuredResult,
} from "../results/result.ts";
import { type BaseModel, openBaseModel } from "../services/base-model.ts";
import { type ArmOptions, ourArms, peerArms } from "./arms.ts";
import { measureChats } from "./chats-beside-training.ts";
import { compareArms, compareLosses, describeArms } from "./compare-arms.ts";
import { measureLateJob } from "./late-job.ts";
import { measureMemorySlope } from "./memory-slope.ts";
import { type OurEngine, startOurEngine } from "./our-engine.ts";
import { startWarmPeer } from "./peers.ts";
import { openPeersEnvironment, type PeersEnvironment } from "./peers-environment.ts";
import { prepareRows, type Rows } from "./prepare-rows.ts";
import { runPython } from "./python-child.ts";
import { type EngineSizes, onGpu } from "./sizes.ts";
import { type Turns, takeTurns } from "./take-turns.ts";
import { type Targets, targets } from "./targets.ts";
import { measureUsefulWork, utilisation } from "./utilisation.ts";

export type EngineSuite = { results: (Result | UnmeasuredResult)[]; figures: Figure[] };
export type EngineOptions = { report: (line: string) => void; signal: AbortSignal };

/** Measures training against TRL's, arm by arm in one run, and what it takes of time and memory. */
export const runEngine = async (wanted: EngineSizes, options: EngineOptions): Promise<EngineSuite> => {
  await using opened = new AsyncDisposableStack();
  options.report("opening the peers' environment");
  const peers = await openPeersEnvironment(wanted.isJudged);
  const setting = await openSetting(opened, wanted);
  const { sizes, device } = setting;
  const held = targets[device];
  const { turns, used, slope, late, chats } = await measureAll({ ...setting, peers }, held, options);
  const missing = "missing" in peers ? peers.missing : undefined;
  const measured = [
    ...compareArms(turns, held, missing),
    ...compareLosses(turns, held, missing),
    ...late.measured,
    ...chats.measured,
    ...slope,
    ...used.measured,
  ];
  return {
    results: measured.map((one) => verdictOf(one, sizes)),
    figures: [...describeArms(turns), ...late.figures, ...chats.figures, ...used.figures],
  };
};

type Measures = Setting & { peers: PeersEnvironment };

/** One after the other; where nothing is judged, all at once. */
const measureAll = async (setting: Measures, held: Targets, options: EngineOptions) => {
  const { sizes, base, rows } = setting;
  const begin = async (name: string, before: Promise<unknown>) => {
    if (sizes.isJudged) await before;
    options.signal.throwIfAborted();
    options.report(`measuring ${name}`);
  };
  const arms = measureArms(setting, options);
  const slope = begin("memory", arms).then(() => measureMemorySlope(base, rows, held.memory));
  const work = begin("utilisation", slope).then(() => measureUsefulWork(base, rows, sizes));
  const late = begin("a late job beside long ones", work).then(() =>
    measureLateJob(base, sizes, held["late job"]),
  );
  const chats = begin("chats beside training", late).then(() => measureChats(setting, sizes, held));
  // What they work with is closed once they have all ended, also where one of them failed.
  await Promise.allSettled([arms, slope, work, late, chats]);
  const turns = await arms;
  const used = utilisation({ work: await work, turns }, sizes, held.utilisation);
  return { turns, used, slope: await slope, late: await late, chats: await chats };
};

const verdictOf = (one: Measured | Unmeasured, { isJudged }: EngineSizes) =>
  "reason" in one ? explain(one) : judge(one, { calibrations: [], isJudged });

type Setting = {
  sizes: EngineSizes;
  device: "cpu" | "cuda";
  base: BaseModel;
  folder: string;
  rows: Rows;
  engine: OurEngine;
};

/** The base, an engine that holds it, and the rows that all train on. */
const openSetting = async (opened: AsyncDisposableStack, wanted: EngineSizes): Promise<Setting> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-bench-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  // At the smallest size nothing depends on it.
  const device = wanted.base === "tiny" ? "cpu" : await findDevice();
  const sizes = device === "cuda" ? onGpu(wanted) : wanted;
  const opening = openBaseModel(sizes.base).then((made) => opened.use(made));
  const starting = startOurEngine(opening, { dtype: sizes.dtype, folder });
  const [base, engine] = await Promise.all([opening, starting.then((started) => opened.use(started))]);
  const rows = await prepareRows(engine, folder, sizes.chats);
  return { sizes, device, base, folder, rows, engine };
};

const findDevice = (): Promise<"cpu" | "cuda"> =>
  runPython({
    python,
    args: ["-c", "import torch; print('\"cuda\"' if torch.cuda.is_available() else '\"cpu\"')"],
    environment: {},
  });

const measureArms = async (
  { sizes, base, folder, rows, engine, peers }: Measures,
  { report }: EngineOptions,
): Promise<Turns> => {
  await using opened = new AsyncDisposableStack();
  const dtype = await chooseBaseDtype();
  const own = dtype === sizes.dtype ? engine : opened.use(await startOurEngine(base, { dtype, folder }));
  const options: ArmOptions = {
    rows,
    folder,
    scale: sizes.jobChats / sizes.chats,
    bf16: sizes.dtype === "bfloat16",
  };
  const ours = ourArms({ same: engine, own }, { ...options, runs: sizes.runs });
  const theirs = "missing" in peers ? {} : peerArms(openPeer(opened, { ...peers, base, folder }), options);
  const onTurn = (name: string, round: number) => report(`round ${round + 1}: ${name}`);
  // Awaited here: what it works with is closed at the end of this block.
  return await takeTurns({ ...theirs, ...ours }, { rounds: sizes.rounds, onTurn });
};

const openPeer = (
  opened: AsyncDisposableStack,
  { python, base, folder }: { python: string; base: BaseModel; folder: string },
) => ({ python, base, warm: opened.use(startWarmPeer(python, base, folder)) });
