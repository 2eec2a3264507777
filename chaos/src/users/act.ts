import { createHash } from "node:crypto";
import type { Intent, UserIntent } from "../schedule/intent.ts";
import type { Act, Acted } from "./acted.ts";
import { ask, type Outcome } from "./ask.ts";
import { chatLines } from "./chat-lines.ts";
import { noteOutcome } from "./diary.ts";
import type { Change } from "./folder-belief.ts";
import { deleteRun, rerun, start } from "./run-acts.ts";
import { share } from "./share.ts";
import type { User } from "./user.ts";

/** Does what a user wants and notes what they were told. */
export const act = async (user: User, { host, isPatient, ...intent }: UserIntent): Promise<Acted> => {
  const asking = { what: `${intent.kind} of ${user.diary.userId}`, host, isPatient };
  const outcome = await acts[intent.kind](user, intent as never, asking);
  note(user, intent, outcome);
  return outcome;
};

/** What a user who does nothing wrong is refused for, because of what they did before; `undefined`: many things. */
const fairRefusals: Record<Intent["kind"], string[] | undefined> = {
  upload: [],
  flip: ["file_not_found"],
  "flip-all": ["file_not_found"],
  delete: ["file_not_found"],
  start: undefined,
  // One whose first worker has not come so far, and one whose deletion nobody answered.
  rerun: ["rows_not_frozen", "run_not_found", "limit_reached"],
  "delete-run": ["run_not_found"],
  share: ["share_not_found"],
  rollback: undefined,
  chat: undefined,
};

const note = ({ diary }: User, { kind }: Intent, { is, code }: Acted): void => {
  noteOutcome(diary, `${kind}: ${is}`);
  const isOfNobodysLimit = code === "limit_reached" && Object.keys(diary.limits).length === 0;
  const isFair = is !== "refused" || (fairRefusals[kind]?.includes(code ?? "") ?? true);
  if (!isFair || isOfNobodysLimit) diary.complaints.push(`${kind} of ${diary.userId} was refused: ${code}`);
};

const upload: Act<"upload"> = async (user, { name, rows, mark, used }, asking) => {
  const { avatarId } = user.diary;
  const content = chatLines(rows, mark);
  const options = {
    avatarId,
    name,
    signal: user.signal,
    ...(used !== undefined && { useForTraining: used }),
  };
  const outcome = await ask(user, asking, (client) =>
    client.uploadTrainingData(new Blob([content]), options),
  );
  const sha256 = createHash("sha256").update(content).digest("hex");
  learn(user, name, { change: { kind: "upload", sha256, used }, outcome });
  return outcome;
};

const flip: Act<"flip"> = async (user, { name, used }, asking) => {
  const { avatarId } = user.diary;
  const outcome = await ask(user, asking, (client) =>
    client.trainingData.setFlag.mutate({ avatarId, name, useForTraining: used }),
  );
  learn(user, name, { change: { kind: "flip", used }, outcome });
  return outcome;
};

const flipAll: Act<"flip-all"> = async (user, { used }, asking) => {
  const { avatarId, folder } = user.diary;
  const names = folder.certain();
  if (names.length === 0) return { is: "nothing there" };
  const flags = names.map((name) => ({ name, useForTraining: used }));
  const outcome = await ask(user, asking, (client) =>
    client.trainingData.setFlags.mutate({ avatarId, flags }),
  );
  for (const name of names) learn(user, name, { change: { kind: "flip", used }, outcome });
  return outcome;
};

const remove: Act<"delete"> = async (user, { name }, asking) => {
  const { avatarId } = user.diary;
  const outcome = await ask(user, asking, (client) => client.trainingData.delete.mutate({ avatarId, name }));
  // A first try whose answer was lost has done it; the second one finds nothing.
  const isRepeated = outcome.is === "refused" && outcome.tries > 1;
  learn(user, name, {
    change: { kind: "delete" },
    outcome: isRepeated ? { ...outcome, is: "unknown" } : outcome,
  });
  return outcome;
};

const rollback: Act<"rollback"> = (user, _, asking) =>
  ask(user, asking, (client) => client.adapter.rollback.mutate({ avatarId: user.diary.avatarId }));

const chat: Act<"chat"> = (user, { question }, asking) =>
  ask(user, { ...asking, isPatient: false }, async (client) => {
    const answer = await client.chat.mutate({
      avatarId: user.diary.avatarId,
      version: "base",
      messages: [{ role: "user", content: question }],
      maxTokens: 8,
    });
    for await (const event of answer) void event;
  });

const acts: { [Kind in Intent["kind"]]: Act<Kind> } = {
  upload,
  flip,
  "flip-all": flipAll,
  delete: remove,
  start,
  rerun,
  "delete-run": deleteRun,
  share,
  rollback,
  chat,
};

const learn = (
  { diary }: User,
  name: string,
  { change, outcome }: { change: Change; outcome: Outcome<unknown> },
): void => {
  // Refused for another reason than that there is no such file: nothing was changed, and nothing is learnt.
  if (outcome.is === "refused" && outcome.code !== "file_not_found") return;
  diary.folder.learn(name, change, outcome.is);
};
