/**
 * Drops output that cannot be written: the work goes on to its end. A reader that has gone, as after `npm run up | head`,
 * is nobody's mistake; anything else, such as a full disk, is told once and makes the command fail.
 */
export function dropUnreadOutput(): void {
  let told = false;
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      process.exitCode = 1;
      if (told) return;
      told = true;
      process.stderr.write(`Error: the output cannot be written (${error.message}). Fix: send it elsewhere.\n`);
    });
}
