import { hash } from "node:crypto";

const mostKept = 10_000;

/**
 * Remembers, by hashes, what has opened this host last time it was shown: who shares an address with somebody that
 * guesses keys, or with a page that still shows an old one, is not shut out with them.
 */
export const createProvenCredentials = () => {
  const hashes = new Set<string>();
  const hashOf = (authorization: string): string => hash("sha256", authorization);
  return {
    has: (authorization: string): boolean => hashes.has(hashOf(authorization)),
    add: (authorization: string): void => {
      hashes.add(hashOf(authorization));
      const [oldest] = hashes;
      if (hashes.size > mostKept && oldest !== undefined) hashes.delete(oldest);
    },
    delete: (authorization: string): void => {
      hashes.delete(hashOf(authorization));
    },
  };
};
