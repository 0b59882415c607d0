import * as pulumi from "@pulumi/pulumi";

/** A mistake of the person who configures Nexus: all problems in one message, without a stack trace. */
export class NexusError extends pulumi.RunError {
  public constructor(
    subject: string,
    public readonly problems: readonly string[],
  ) {
    super([subject, ...problems.map((problem) => `  ${problem}`)].join("\n"));
    this.name = "NexusError";
    // Nobody is shown the calls. Pulumi would colour them, and Node.js 20 runs out of memory, which takes it half a minute,
    // over a call in `node_modules/@pulumi/resource.ts`: it takes what follows the scope for the name of a folder.
    this.stack = undefined;
  }
}
