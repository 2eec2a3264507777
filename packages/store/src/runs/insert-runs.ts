import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Statement } from "../database/send-together.ts";
import type { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";

type Columns = typeof runs.$inferInsert;
/** A run that waits, as it is written. */
export type NewRow = Pick<Columns, "userId" | "avatarId" | "generation" | "name" | "tags" | "engineKey"> &
  Pick<Columns, "baseModel" | "config" | "inputs" | "templateVariables" | "origin"> & { id: string };

/**
 * Writes rows by one statement of one value. A run has many columns: to name a value for each of them of each row takes
 * longer than to write them.
 */
export const insertRuns = (tx: Transaction, rows: NewRow[]): Statement => ({
  execute: () => insertRows(tx, { rows: JSON.stringify(rows.map(toColumns)) }),
});

const insertRows = prepared(
  "insert-runs",
  sql`
    insert into runs (id, user_id, avatar_id, generation, name, tags, engine_key, base_model, config, inputs,
      template_variables, origin)
    select id, user_id, avatar_id, generation, name, tags, engine_key, base_model, config, inputs,
      template_variables, origin
    from jsonb_to_recordset(${sql.placeholder("rows")}::jsonb) as given(
      id text, user_id text, avatar_id text, generation int, name text, tags jsonb, engine_key text, base_model text,
      config jsonb, inputs jsonb, template_variables jsonb, origin jsonb)`,
);

const toColumns = ({ tags = [], templateVariables = {}, ...row }: NewRow) => {
  const { userId, avatarId, engineKey, baseModel, ...named } = row;
  return {
    ...named,
    ...{ user_id: userId, avatar_id: avatarId, engine_key: engineKey, base_model: baseModel },
    ...{ tags, template_variables: templateVariables },
  };
};
