/** Inputs for a procedure, made from its own schema: a new field is tried without a word here. */
import fc from "fast-check";
import { type Description, readDescription } from "./describe-input.ts";
import { hostileTexts, hostileValue } from "./hostile-values.ts";
import { twist } from "./twist.ts";

/** Of fields by their names: values that name things which are there. */
export type KnownValues = ReadonlyMap<string, readonly unknown[]>;

/** Most inputs are such as is asked for; others have a value in them that nobody asked for, or are one. */
export const inputArbitrary = (asked: Description, known: KnownValues): fc.Arbitrary<unknown> => {
  const good = arbitraryOf(asked, { known, name: "" });
  const names = [...Object.keys(asked.properties), "unasked"];
  const twisted = fc.tuple(good, fc.nat(), hostileValue);
  return fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 4, arbitrary: twisted.map(([input, at, bad]) => twist(input, { at, bad, names })) },
    { weight: 1, arbitrary: hostileValue },
  );
};

type Place = { known: KnownValues /** Of the field that the value is for. */; name: string };

const arbitraryOf = (described: unknown, place: Place): fc.Arbitrary<unknown> => {
  const asked = readDescription(described);
  const forms = asked.anyOf ?? asked.oneOf;
  if (forms) return fc.oneof(...forms.map((form) => arbitraryOf(form, place)));
  if (asked.const !== undefined) return fc.constant(asked.const);
  if (asked.enum) return fc.constantFrom(...asked.enum);
  return preferKnown(ofType(asked, place), place);
};

/** What exists comes most often: only then calls get far. */
const preferKnown = (any: fc.Arbitrary<unknown>, { known, name }: Place): fc.Arbitrary<unknown> => {
  const values = known.get(name);
  if (!values) return any;
  return fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: any });
};

const ofType = (asked: Description, place: Place): fc.Arbitrary<unknown> => {
  switch (asked.type) {
    case "object":
      return objectArbitrary(asked, place);
    case "array":
      return arrayArbitrary(asked, place);
    case "string":
      return textArbitrary(asked);
    case "integer":
      return integerArbitrary(asked);
    case "number":
      return numberArbitrary(asked);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "date":
      return dateArbitrary;
    default:
      return fc.jsonValue();
  }
};

/** One in so many of the fields that may be left out is. */
const halfOfThem = 2;

const objectArbitrary = (asked: Description, place: Place): fc.Arbitrary<unknown> => {
  const { properties, required, additionalProperties } = asked;
  if (typeof additionalProperties === "object" && additionalProperties !== null)
    return fc.dictionary(fc.string(), arbitraryOf(additionalProperties, place), { maxKeys: 4 });
  const fields = Object.entries(properties).map(([name, field]) => {
    const value = arbitraryOf(field, { ...place, name });
    const isAlwaysThere = required.includes(name) || place.known.has(name);
    return [name, isAlwaysThere ? value : fc.option(value, { nil: undefined, freq: halfOfThem })] as const;
  });
  return fc.record(Object.fromEntries(fields)).map(withoutAbsent);
};

const withoutAbsent = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const arrayArbitrary = ({ items, minItems, maxItems }: Description, place: Place): fc.Arbitrary<unknown> =>
  fc.array(arbitraryOf(items, place), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) });

/** Of our time, and of any. */
const dateArbitrary = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date("1970-01-01"), max: new Date("2999-12-31") }),
  fc.date({ noInvalidDate: true }),
);

const textArbitrary = ({ pattern, minLength, maxLength }: Description): fc.Arbitrary<unknown> => {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const fitting = hostileTexts.filter(({ length }) => length >= minLength && length <= maxLength);
  return fc.oneof(
    fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20) }),
    fc.constantFrom("a".repeat(minLength), "a".repeat(maxLength), ...fitting),
  );
};

const integerArbitrary = ({ minimum, maximum }: Description): fc.Arbitrary<unknown> => {
  const min = minimum ?? Number.MIN_SAFE_INTEGER;
  const max = maximum ?? Number.MAX_SAFE_INTEGER;
  return fc.oneof(
    fc.integer({ min: Math.max(min, -10), max: Math.min(max, Math.max(min, -10) + 20) }),
    fc.maxSafeInteger().map((any) => Math.min(max, Math.max(min, any))),
  );
};

const numberArbitrary = (asked: Description): fc.Arbitrary<unknown> =>
  fc.double({
    noNaN: true,
    min: asked.exclusiveMinimum ?? asked.minimum ?? -1e6,
    max: asked.exclusiveMaximum ?? asked.maximum ?? 1e6,
    minExcluded: asked.exclusiveMinimum !== undefined,
    maxExcluded: asked.exclusiveMaximum !== undefined,
  });
