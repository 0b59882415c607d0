/** What is wrong with the cluster (E14), or with what was asked for. */
export type DiscoveryFailure = "unreachable" | "unauthorized" | "kubeconfig" | "namespace" | "arguments";

/** A scan that could not be made. The message names the thing, the value and the fix. */
export class DiscoveryError extends Error {
  public constructor(
    public readonly failure: DiscoveryFailure,
    message: string,
  ) {
    super(message);
    this.name = "DiscoveryError";
  }
}
