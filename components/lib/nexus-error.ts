import * as pulumi from "@pulumi/pulumi";

/** A mistake of the person who configures Nexus: all problems in one message, without a stack trace. */
export class NexusError extends pulumi.RunError {
  public constructor(
    subject: string,
    public readonly problems: readonly string[],
  ) {
    super([subject, ...problems.map((problem) => `  ${problem}`)].join("\n"));
    this.name = "NexusError";
  }
}
