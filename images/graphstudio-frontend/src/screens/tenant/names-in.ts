/** The names that somebody wrote with commas or spaces between them. */
export const namesIn = (text: string): string[] => text.split(/[\s,，]+/).filter((name) => name !== "");
