/** Whose files everything is measured with. */
export const avatar = { userId: "bench", avatarId: "avatar" } as const;
