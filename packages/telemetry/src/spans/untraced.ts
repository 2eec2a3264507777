import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";

/** Does work without spans of its own, where there would be too many of them. */
export const untraced = <T>(work: () => T): T => context.with(suppressTracing(context.active()), work);
