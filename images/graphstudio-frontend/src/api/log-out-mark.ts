const KEY = "nexus.loggedOut";

/** The part of localStorage that is used. */
export type KeyValueStorage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/**
 * Remembers a log-out until the server has confirmed it: until then the browser keeps the cookie, which no script can
 * remove, and the next page must not be let in with it.
 */
export class LogOutMark {
  private pending = false;

  constructor(private readonly storage: KeyValueStorage) {}

  get isSet(): boolean {
    return this.pending || this.guarded(() => this.storage.getItem(KEY)) === "1";
  }

  set(): void {
    this.pending = true;
    this.guarded(() => this.storage.setItem(KEY, "1"));
  }

  clear(): void {
    this.pending = false;
    this.guarded(() => this.storage.removeItem(KEY));
  }

  /** A browser may forbid storage; a reload then forgets the mark. */
  private guarded<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch {
      return undefined;
    }
  }
}
