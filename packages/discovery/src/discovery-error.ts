/** The part that is wrong: the cluster (E14) or the arguments. */
export type DiscoveryFailure = "unreachable" | "unauthorized" | "kubeconfig" | "namespace" | "arguments";

/** A scan that failed. The message says what is wrong, the value and the fix. */
export class DiscoveryError extends Error {
  public constructor(
    public readonly failure: DiscoveryFailure,
    message: string,
  ) {
    super(message);
    this.name = "DiscoveryError";
  }
}
