import type { WorkspaceHub } from "../workspaces/hub";

/** Time between two messages about one panel. */
const PAUSE_MS = 250;
/** What a panel may hold. */
const MAX_TEXT = 16 * 1024;

/**
 * Texts that grow while an execution waits. Subscribers see them at once, but nothing of it is durable: at the end the
 * panels are what the execution left.
 */
export class LiveTexts {
  private readonly shownAt = new Map<string, number>();

  constructor(
    private readonly hub: Pick<WorkspaceHub, "publish">,
    private readonly workspaceId: string,
  ) {}

  show(panel: string, text: string): void {
    const now = performance.now();
    if (now - (this.shownAt.get(panel) ?? -Infinity) < PAUSE_MS) return;
    this.shownAt.set(panel, now);
    this.publish(panel, { text: text.slice(0, MAX_TEXT), done: false });
  }

  /** The panels are what is durable again. */
  end(): void {
    for (const panel of this.shownAt.keys()) this.publish(panel, null);
  }

  private publish(panel: string, value: { readonly text: string; readonly done: false } | null): void {
    this.hub.publish(this.workspaceId, { type: "live", panel, value });
  }
}
