const outsideMilliseconds = 10_000;

/** Puts a probe's text as a browser would; `undefined` where the public address is not reached from here. */
export const putFromOutside = async (
  { url, headers }: { url: string; headers: Record<string, string> },
  body: string,
): Promise<Response | undefined> => {
  try {
    return await fetch(url, {
      method: "PUT",
      headers,
      body,
      signal: AbortSignal.timeout(outsideMilliseconds),
    });
  } catch (error) {
    // The public address may be reachable for browsers and not from here.
    if (error instanceof TypeError || error instanceof DOMException) return undefined;
    throw error;
  }
};
