import type { Client } from "@loraloom/client";
import type { Act } from "./acted.ts";
import { ask } from "./ask.ts";
import type { PossibleRole } from "./diary.ts";
import type { User } from "./user.ts";

/** Shares the avatar with the next user, or no longer; who then tries at once what that allows. */
export const share: Act<"share"> = async (user, { role }, asking) => {
  const { diary } = user;
  const on = { avatarId: diary.avatarId, with: diary.sharedWith };
  const outcome = await ask(user, asking, async (client) => {
    if (role === null) await client.shares.remove.mutate(on);
    else await client.shares.set.mutate({ ...on, role });
  });
  if (outcome.is === "done") await learn(user, role, asking.host);
  if (outcome.is === "unknown") diary.shares = [...new Set([...diary.shares, role])];
  // A try whose answer was lost may have taken it back.
  if (outcome.is === "refused" && outcome.tries === 1 && !diary.shares.includes(null))
    diary.contradictions.push(`there was no share to take back, and before was ${diary.shares}`);
  if (outcome.is === "refused") await learn(user, null, asking.host);
  return outcome;
};

const learn = async (user: User, role: PossibleRole, host: number): Promise<void> => {
  user.diary.shares = [role];
  for (const attempt of attempts) await tryAs(user, { ...attempt, expected: attempt.expected(role), host });
};

type Attempt = { what: string; call: (client: Client, on: Owned) => Promise<unknown> };
type Owned = { userId: string; avatarId: string };

/** Calls that change nothing, and how each is answered to whom an avatar is shared as that. */
const attempts: (Attempt & { expected: (role: PossibleRole) => string })[] = [
  {
    what: "to read",
    call: (client, on) => client.adapter.get.query(on),
    expected: (role) => (role === null ? "user_mismatch" : "done"),
  },
  {
    what: "to change",
    call: (client, on) =>
      client.trainingData.setFlag.mutate({ ...on, name: "nobody's.jsonl", useForTraining: true }),
    expected: (role) =>
      ({ member: "file_not_found", "read-only": "role_required", none: "user_mismatch" })[role ?? "none"],
  },
];

const tryAs = async (
  { diary, friend }: User,
  { what, call, expected, host }: Attempt & { expected: string; host: number },
): Promise<void> => {
  if (!friend) throw new Error(`Nobody knows ${diary.sharedWith}.`);
  const { userId, avatarId, shares } = diary;
  const asking = { what: `trying ${what} the avatar of ${userId}`, host: host + 1, isPatient: true };
  const outcome = await ask(friend, asking, (client) => call(client, { userId, avatarId }));
  const found = outcome.is === "refused" ? outcome.code : outcome.is;
  if (found === expected || outcome.is === "unknown") return;
  diary.contradictions.push(
    `${diary.sharedWith}, with whom the avatar is shared as '${shares}', tried ${what}: ${found}`,
  );
};
