/** Traces over OTLP/HTTP, by the standard variables of OpenTelemetry; without them nothing is loaded or sent. */

/** Ends with the last spans sent, or given up. */
export type Tracing = AsyncDisposable;

type Environment = Record<string, string | undefined>;
export type TracingOptions = {
  environment: Environment;
  /** Told that spans could not be sent. */
  warn: (message: string) => void;
};

/** The variables of which one has to be set for spans to be collected. */
const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

const isOn = (environment: Environment): boolean =>
  endpoints.some((name) => environment[name]) &&
  environment.OTEL_SDK_DISABLED?.toLowerCase() !== "true" &&
  environment.OTEL_TRACES_EXPORTER !== "none";

/**
 * Collects and sends this process's spans from now on, where the environment names a collector. All other variables
 * (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`, …) are OpenTelemetry's own to read.
 *
 * @param serviceName stands in each span where `OTEL_SERVICE_NAME` says no other
 */
export const startTracing = async (
  serviceName: string,
  { environment, warn }: TracingOptions,
): Promise<Tracing> => {
  if (!isOn(environment)) return { [Symbol.asyncDispose]: async () => {} };
  const { collectSpans } = await import("./collect-spans.ts");
  return collectSpans(environment.OTEL_SERVICE_NAME || serviceName, warn);
};
