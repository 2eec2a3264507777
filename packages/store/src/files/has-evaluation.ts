import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Answer } from "../gather.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Database, Store } from "../store.ts";
import { columnsOf, scopeKey, unnestedScopes } from "./in-folder.ts";

/** Whether an avatar has evaluation files. */
export const hasEvaluation = (store: Pick<Store, "evaluationReads">, scope: AvatarScope): Promise<boolean> =>
  store.evaluationReads("evaluation", scope);

/** Looks at avatars by one query. */
export const findEvaluationTogether = async (
  db: Database,
  scopes: AvatarScope[],
): Promise<Answer<boolean>[]> => {
  const found = new Set((await findEvaluation(db, columnsOf(scopes))).map(scopeKey));
  return scopes.map((scope) => () => found.has(scopeKey(scope)));
};

const findEvaluation = prepared<AvatarScope>(
  "find-evaluation",
  sql`
    select avatar.user_id as "userId", avatar.avatar_id as "avatarId"
    from ${unnestedScopes} as avatar(user_id, avatar_id)
    where exists (
      select from files where user_id = avatar.user_id and avatar_id = avatar.avatar_id
        and kind = 'evaluation_data' and state <> 'deleting'
    )`,
);
