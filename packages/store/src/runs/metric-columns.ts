import { getTableColumns } from "drizzle-orm";
import { runMetrics } from "../tables/index.ts";

const { runId: _, attempt: __, ...columns } = getTableColumns(runMetrics);

/** What a step's row tells of the step itself. */
export const metricColumns = columns;
