/**
 * Drops output that cannot be written, so that the work continues to its end. A closed pipe, as after `npm run up | head`,
 * is not an error. Any other failure, such as a full disk, is reported once and makes the command fail.
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
