/** A refusal of the API server, as it says it: quota, admission, validation, a missing right, another manager. */
export class ApiRefusal extends Error {
  public override readonly name = "ApiRefusal";

  public constructor(
    /** The HTTP status. */
    public readonly status: number,
    /** In the words of Kubernetes, such as "Conflict" or "Forbidden". */
    public readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** @param text the body of the answer */
export function refusalOf(status: number, text: string): ApiRefusal {
  try {
    const { reason = String(status), message = `HTTP ${status}` } = JSON.parse(text) as Partial<Record<string, string>>;
    return new ApiRefusal(status, reason, message);
  } catch {
    // A proxy in front of the server answers in its own words.
    return new ApiRefusal(status, String(status), `HTTP ${status}`);
  }
}
