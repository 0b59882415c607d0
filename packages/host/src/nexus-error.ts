/** A mistake in the configuration by its user: all problems in one message, without a stack trace. */
export class NexusError extends Error {
  /** Pulumi prints an error with this property without a stack trace, as it does with its own `RunError`. */
  public readonly __pulumiRunError = true;

  public constructor(
    subject: string,
    public readonly problems: readonly string[],
  ) {
    super([subject, ...problems.map((problem) => `  ${problem}`)].join("\n"));
    this.name = "NexusError";
    // The stack trace is removed because nobody sees it. Pulumi would colour it, and over paths such as
    // `node_modules/@pulumi/resource.ts` Node.js 20 needs half a minute for that until its memory is used up.
    this.stack = undefined;
  }
}
