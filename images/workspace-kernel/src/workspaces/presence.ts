import type { Person, WorkspaceHub } from "./hub";

/** People who come and go together are told of at once. */
const PAUSE_MS = 100;
/** People that a message names. */
const MAX_NAMED = 50;

/** Who looks at the workspaces that this pod holds; somebody with several tabs is there once. */
export class Presence {
  private readonly people = new Map<string, Map<string, { readonly person: Person; sockets: number }>>();
  private readonly pending = new Set<string>();

  constructor(private readonly hub: WorkspaceHub) {}

  of(workspaceId: string): Person[] {
    const there = [...(this.people.get(workspaceId)?.values() ?? [])].map(({ person }) => person);
    return there.slice(0, MAX_NAMED);
  }

  /** @returns the function that takes the person away */
  come(workspaceId: string, person: Person): () => void {
    const there = this.people.get(workspaceId) ?? new Map<string, { readonly person: Person; sockets: number }>();
    this.people.set(workspaceId, there);
    const known = there.get(person.userId);
    if (known) known.sockets += 1;
    else {
      there.set(person.userId, { person, sockets: 1 });
      this.tell(workspaceId);
    }
    return () => this.go(workspaceId, person.userId);
  }

  private go(workspaceId: string, userId: string): void {
    const there = this.people.get(workspaceId);
    const known = there?.get(userId);
    if (!there || !known) return;
    known.sockets -= 1;
    if (known.sockets > 0) return;
    there.delete(userId);
    if (there.size === 0) this.people.delete(workspaceId);
    this.tell(workspaceId);
  }

  private tell(workspaceId: string): void {
    if (this.pending.has(workspaceId)) return;
    this.pending.add(workspaceId);
    setTimeout(() => {
      this.pending.delete(workspaceId);
      this.hub.publish(workspaceId, { type: "presence", people: this.of(workspaceId) });
    }, PAUSE_MS).unref();
  }
}
