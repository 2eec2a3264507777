/** A place in a value, told by the keys that lead there. */
type Place = readonly (string | number)[];

/** The value with another one in one of its places, or with one under a name that nobody asked for. */
export const twist = (value: unknown, at: number, bad: unknown): unknown => {
  const places = placesIn(value);
  const place = places[at % (places.length + 1)] ?? ["unasked"];
  return replaced(value, place, bad);
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
