/**
 * Takes the network, and everything else that reading a file needs not, from this process.
 *
 * Node 24's permission model covers files, processes, workers and addons but no sockets. Modules of Node are refused
 * by name unless they are on the list, however they are asked for; `process.binding` is refused by the model itself.
 * To be imported before any library.
 */
import { isBuiltin, registerHooks } from "node:module";

const allowed = new Set(
  [
    "buffer",
    "events",
    "fs",
    "fs/promises",
    "module",
    "path",
    "stream",
    "string_decoder",
    "url",
    "util",
    "zlib",
  ].flatMap((name) => [name, `node:${name}`]),
);

const refuseOthers = (specifier: string): void => {
  if (isBuiltin(specifier) && !allowed.has(specifier)) {
    throw new Error(`The module '${specifier}' is out of reach for a reader of files.`);
  }
};

registerHooks({
  resolve(specifier, context, nextResolve) {
    refuseOthers(specifier);
    return nextResolve(specifier, context);
  },
});

const getBuiltinModule = process.getBuiltinModule;
process.getBuiltinModule = ((id: string) => {
  refuseOthers(id);
  return getBuiltinModule(id);
}) as typeof process.getBuiltinModule;

for (const name of ["fetch", "WebSocket", "EventSource"]) Reflect.deleteProperty(globalThis, name);
