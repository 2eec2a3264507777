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
  "CUDA_VISIBLE_DEVICES",
  "CUDA_HOME",
  "LORALOOM_ENGINE_THREADS",
  "LORALOOM_ENGINE_DEVICE",
];

/** The whole environment of an engine, chosen by name from the worker's. */
export const engineEnvironment = (source: NodeJS.ProcessEnv): Record<string, string> => ({
  ...Object.fromEntries(passedOn.flatMap((name) => (source[name] ? [[name, source[name]]] : []))),
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
  PYTHONUNBUFFERED: "1",
});
