/** Running code may grow to the limit. Its changes are copied, compressed and sent to the database. */
const ACTIVE_COPIES = 3;

/** `active`: code runs, or its change is being stored. `paused`: code waits for the host. `resting`: neither. */
type State = "active" | "paused" | "resting";

interface Instance {
  /** Memory that it uses, or may use in this state. */
  readonly bytes: number;
  readonly state: State;
}

export interface InstanceMemoryOptions {
  /** Maximum number of instances in memory; exceeded only if too few of them are idle. */
  readonly maxInstances: number;
  /** Maximum memory of all instances and their copies. */
  readonly maxBytes: number;
  /** Memory limit of one workspace. */
  readonly limitBytes: number;
  /** Frees an idle instance, whose content is durable. */
  readonly unload: (workspaceId: string) => void;
  /** Called when there may be memory for a refused workspace. */
  readonly onRoom: () => void;
}

/** Admits instances while all of them fit into memory, and unloads the least recently used idle ones. */
export class InstanceMemory {
  /** In the order of their last use. */
  private readonly instances = new Map<string, Instance>();
  private refused = false;

  constructor(private readonly options: InstanceMemoryOptions) {}

  get size(): number {
    return this.instances.size;
  }

  /**
   * Makes room for a workspace whose code is about to run.
   * @param spared further workspaces that must still find room afterwards
   * @returns false when it must wait for others
   */
  admit(workspaceId: string, spared = 0): boolean {
    const { maxInstances, maxBytes, limitBytes, unload } = this.options;
    const bytes = limitBytes * ACTIVE_COPIES;
    const others = [...this.instances].filter(([id]) => id !== workspaceId);
    let left = maxBytes - bytes * (1 + spared) - others.reduce((sum, [, one]) => sum + one.bytes, 0);
    let places = maxInstances - 1 - others.length;
    const unloaded: string[] = [];
    for (const [id, one] of others) {
      if (left >= 0 && places >= 0) break;
      if (one.state !== "resting") continue;
      [left, places] = [left + one.bytes, places + 1];
      unloaded.push(id);
    }
    // Active code frees memory when it ends. If no code is active, waiting would not help, so one may always run.
    if (left < 0 && others.some(([, { state }]) => state === "active")) {
      this.refused = true;
      return false;
    }
    for (const id of unloaded) unload(id);
    this.put(workspaceId, { bytes, state: "active" });
    return true;
  }

  /** The code waits for the host. */
  pause(workspaceId: string): void {
    if (this.instances.has(workspaceId)) this.put(workspaceId, { bytes: this.options.limitBytes, state: "paused" });
  }

  /** What the code changed is durable. */
  rest(workspaceId: string, bytes: number): void {
    if (this.instances.has(workspaceId)) this.put(workspaceId, { bytes, state: "resting" });
  }

  free(workspaceId: string): void {
    if (this.instances.delete(workspaceId)) this.tell();
  }

  private put(workspaceId: string, instance: Instance): void {
    this.instances.delete(workspaceId);
    this.instances.set(workspaceId, instance);
    if (instance.state !== "active") this.tell();
  }

  private tell(): void {
    if (!this.refused) return;
    this.refused = false;
    this.options.onRoom();
  }
}
