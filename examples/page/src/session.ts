/** What the page's server tells the page: which service, as whom, and the avatar to begin with. */
export type Session = { url: string; apiKey: string; userId: string; avatarId: string };

export const sessionPath = "/session";
