import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("an avatar is shared as was acknowledged, and with nobody else");

export const checkShares = ({ shares }: Facts, diaries: WrittenDiary[]): Violation[] =>
  diaries.flatMap(({ userId, sharedWith, shares: possible }) => {
    const own = shares.filter(({ owner_id }) => owner_id === userId);
    const others = own.filter(({ user_id }) => user_id !== sharedWith);
    const role = own.find(({ user_id }) => user_id === sharedWith)?.role ?? null;
    const look = `select * from shares where owner_id = ${literal(userId)}`;
    return [
      ...others.map(({ user_id }) => violation(userId, `is shared with ${user_id}`, look)),
      ...(possible.some((each) => each === role)
        ? []
        : [violation(userId, `is shared as '${role}', and '${possible}' was acknowledged`, look)]),
    ];
  });
