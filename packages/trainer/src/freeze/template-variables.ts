const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Variables of the chat template. Some templates write today's date into the prompt: a version keeps the
 * date that it was trained with, so that its chats see the prompt it learned from. In the form that
 * Llama's template writes by itself, such as `21 Nov 2026`.
 */
export const templateVariablesAt = (date: Date): Record<string, string> => ({
  date_string: `${String(date.getUTCDate()).padStart(2, "0")} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`,
});
