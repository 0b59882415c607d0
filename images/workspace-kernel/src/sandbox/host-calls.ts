import { checkName, checkText, HostRefusal } from "./host-checks";
import { readJson } from "./json";
import { type CallKind, callKinds, type HostCall, type HostCallAnswer, type JsonValue } from "./messages";

const MAX_CALLS = 32;
/** Limit of the JSON text of one call. */
const MAX_REQUEST_BYTES: Readonly<Record<CallKind, number>> = {
  http: 256 * 1024,
  fetch: 2 * 1024 * 1024,
  ai: 256 * 1024,
};
/** Limit for all calls of one execution together. */
const MAX_REQUESTS_BYTES = 8 * 1024 * 1024;

interface Open {
  /** The panel that shows the answer of an AI. */
  readonly panel: string | undefined;
}

/** The calls of one execution that the host answers later. */
export class HostCalls {
  private started: HostCall[] = [];
  private cancelled: number[] = [];
  private readonly open = new Map<number, Open>();
  private count = 0;
  private bytes = 0;

  /** A new execution begins. */
  begin(): void {
    [this.started, this.cancelled, this.count, this.bytes] = [[], [], 0, 0];
    this.open.clear();
  }

  get openCalls(): readonly number[] {
    return [...this.open.keys()];
  }

  /**
   * Begins a call. Throws a HostRefusal.
   * @param request JSON text from the sandbox, which is not trusted
   * @param mayShow throws if the execution must not change panels
   */
  start(call: number, named: string, request: string, mayShow: () => void): void {
    const kind = callKinds.find((known) => known === named);
    if (kind === undefined) throw new HostRefusal("TypeError", `the host knows no call "${named}"`);
    if (this.count >= MAX_CALLS) throw new HostRefusal("LimitError", `one execution may make ${MAX_CALLS} calls`);
    checkText(request, "request", MAX_REQUEST_BYTES[kind]);
    const panel = kind === "ai" ? panelOf(request) : undefined;
    if (panel !== undefined) mayShow();
    this.bytes += Buffer.byteLength(request);
    if (this.bytes > MAX_REQUESTS_BYTES)
      throw new HostRefusal(
        "LimitError",
        `the requests of one execution may have ${MAX_REQUESTS_BYTES} bytes together`,
      );
    this.count += 1;
    this.open.set(call, { panel });
    this.started.push({ call, kind, request });
  }

  cancel(call: number): void {
    if (!this.open.delete(call)) return;
    const waiting = this.started.findIndex((one) => one.call === call);
    if (waiting < 0) this.cancelled.push(call);
    else this.started.splice(waiting, 1);
  }

  /** The call has its answer; undefined if nobody waits for it. */
  close(call: number): Open | undefined {
    const open = this.open.get(call);
    this.open.delete(call);
    return open;
  }

  /** Calls started since the last call of this method. */
  takeStarted(): HostCall[] {
    const started = this.started;
    this.started = [];
    return started;
  }

  /** Calls cancelled since the last call of this method. */
  takeCancelled(): number[] {
    const cancelled = this.cancelled;
    this.cancelled = [];
    return cancelled;
  }
}

function panelOf(request: string): string | undefined {
  const asked = Object(readJson(request)) as { readonly request?: JsonValue };
  const { panel } = Object(asked.request) as { readonly panel?: JsonValue };
  if (panel === undefined) return undefined;
  return checkName("panel", typeof panel === "string" ? panel : undefined);
}

/** What a panel shows of an answer of an AI; undefined for an error. */
export function shownOf({ value }: HostCallAnswer): string | undefined {
  const { text } = Object(value === undefined ? undefined : readJson(value)) as { readonly text?: JsonValue };
  return typeof text === "string" ? JSON.stringify({ text, done: true }) : undefined;
}
