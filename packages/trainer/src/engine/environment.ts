/** What a Python process with a GPU needs to run, and nothing that is secret: many users share an engine. */
const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "OMP_NUM_THREADS",
  "OMP_WAIT_POLICY",
  "GOMP_SPINCOUNT",
  "CUDA_VISIBLE_DEVICES",
  "CUDA_HOME",
  "LORALOOM_ENGINE_THREADS",
  "LORALOOM_ENGINE_DEVICE",
];

/**
 * Threads that spin while they wait take a shared processor from the one they wait for, threads that sleep are late for
 * the next operation: they spin for some microseconds (docs/decisions/0002-threads-that-wait-sleep.md).
 */
const waiting = { OMP_WAIT_POLICY: "PASSIVE", GOMP_SPINCOUNT: "1000" };

/** The whole environment of an engine, chosen by name from the worker's. */
export const engineEnvironment = (source: NodeJS.ProcessEnv): Record<string, string> => ({
  // The count would have its way over a policy that somebody chose.
  ...(source.OMP_WAIT_POLICY ? {} : waiting),
  ...Object.fromEntries(passedOn.flatMap((name) => (source[name] ? [[name, source[name]]] : []))),
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
  PYTHONUNBUFFERED: "1",
});
