/** A mistake of the person who configures Nexus: all problems in one message, without a stack trace. */
export class NexusError extends Error {
  /** Pulumi prints an error with this property as it is, without a stack trace (its own `RunError` has it). */
  public readonly __pulumiRunError = true;

  public constructor(
    subject: string,
    public readonly problems: readonly string[],
  ) {
    super([subject, ...problems.map((problem) => `  ${problem}`)].join("\n"));
    this.name = "NexusError";
    // Nobody is shown the stack trace. Pulumi would colour it, and over paths such as `node_modules/@pulumi/resource.ts`
    // Node.js 20 takes half a minute until its memory is used up.
    this.stack = undefined;
  }
}
