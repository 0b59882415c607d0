/** A wait with a reason and a time limit; its error says what was waited for and what was seen last. */
export async function waitFor<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
  pauseMs = 250,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = "nothing";
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > end) throw new Error(`${what} did not happen within ${seconds} s; last seen: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
