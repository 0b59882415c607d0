/** `unusable`: the text is wrong. `refused`: a rule of the platform forbids what it asks for. */
export type ClusterFault = "unusable" | "refused";

/** A cluster that cannot be used. The message says what is wrong, the value and the fix, and holds no credentials. */
export class ClusterError extends Error {
  public constructor(
    public readonly fault: ClusterFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ClusterError";
  }
}

export const unusable = (message: string) => new ClusterError("unusable", message);
export const refused = (message: string) => new ClusterError("refused", message);
