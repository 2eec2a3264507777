/** Compiles only if the shortened types are the server's own, to the last field of every procedure. */
import type { ApiProcedures as ShortenedProcedures } from "../../dist/api-types/procedures.d.ts";
import type { ApiProcedures as ServerProcedures } from "../../dist/api-types/router/src/procedures.d.ts";

type Procedure = { _def: { type: string; $types: { input: unknown; output: unknown } } };

/** The procedures of a folder with their types written out. */
type WrittenOut<Entry> = Entry extends Procedure
  ? {
      type: Entry["_def"]["type"];
      input: Plain<Entry["_def"]["$types"]["input"]>;
      output: Plain<Entry["_def"]["$types"]["output"]>;
    }
  : { [Name in keyof Entry]: WrittenOut<Entry[Name]> };

/** A type without the names and the intersections that it is made of. */
type Plain<Type> = Type extends Date
  ? "a date"
  : Type extends AsyncGenerator<infer Item>
    ? { generated: Plain<Item> }
    : Type extends AsyncIterable<infer Item>
      ? { iterated: Plain<Item> }
      : Type extends object
        ? { [Name in keyof Type]: Plain<Type[Name]> }
        : Type;

/** Unlike mutual assignability, this sees optional fields and `any`. */
type Same<One, Other> =
  (<Type>() => Type extends One ? 1 : 2) extends <Type>() => Type extends Other ? 1 : 2 ? true : false;

export const same: Same<WrittenOut<ServerProcedures>, WrittenOut<ShortenedProcedures>> = true;
