import { type BaseModel, type BaseName, openBaseModel } from "./base-model.ts";

/** The base models of a run: each is opened when it is first asked for, and goes with the services. */
export type Bases = AsyncDisposable & { open: (name: BaseName) => Promise<BaseModel> };

export const openBases = (): Bases => {
  const opened = new Map<BaseName, ReturnType<typeof openBaseModel>>();
  return {
    open: (name) => {
      const base = opened.get(name) ?? openBaseModel(name);
      opened.set(name, base);
      return base;
    },
    [Symbol.asyncDispose]: async () => {
      const bases = await Promise.allSettled(opened.values());
      for (const base of bases) if (base.status === "fulfilled") await base.value[Symbol.asyncDispose]();
    },
  };
};
