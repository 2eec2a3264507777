/** A place in a value, told by the keys that lead there. */
type Place = readonly (string | number)[];

/** The value with another one in one of its places, or under one of the names; `at` chooses. */
export const twist = (value: unknown, { at, bad, names }: { at: number; bad: unknown; names: string[] }) => {
  const places = [...placesIn(value), ...names.map((name) => [name])];
  return replaced(value, places[at % places.length] ?? [], bad);
};

const placesIn = (value: unknown): Place[] =>
  isHolder(value)
    ? Object.entries(value).flatMap(([key, inner]) => [
        [key],
        ...placesIn(inner).map((rest) => [key, ...rest]),
      ])
    : [];

const replaced = (value: unknown, [key, ...rest]: Place, bad: unknown): unknown => {
  if (key === undefined) return bad;
  if (!isHolder(value)) return value;
  const inner = replaced(Reflect.get(value, key), rest, bad);
  return Array.isArray(value)
    ? value.map((item, index) => (String(index) === key ? inner : item))
    : { ...value, [key]: inner };
};

const isHolder = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof Date);
