/**
 * Runs a function without mapping stack traces to the sources. Pulumi reads the whole stack at each resource and
 * promise, and Jest's mapping took half of the time of a recording. Errors that leave the function are mapped as usual:
 * a stack is formatted when it is read.
 */
export async function withPlainStacks<T>(work: () => Promise<T>): Promise<T> {
  const mapped = Error.prepareStackTrace;
  Error.prepareStackTrace = (error) => String(error);
  try {
    return await work();
  } finally {
    Error.prepareStackTrace = mapped;
  }
}
