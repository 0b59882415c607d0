import { EventEmitter } from "node:events";

/** What an event named "error" ends the process for, when nobody listens. Streams inside of these are Node.js's own. */
const KINDS = new Set(["Server", "Socket", "TLSSocket", "Worker", "WebSocket", "Client", "BoundPool", "Redis"]);

const LOOK_MS = 20;

interface Constructor {
  init(this: EventEmitter, options?: object): void;
}

/** ioredis gives its clients the constructor of all emitters. */
const kindOf = (emitter: EventEmitter): string => ("sendCommand" in emitter ? "Redis" : emitter.constructor.name);

/** Knows every emitter that is made in this process until it ends, and which of them had nobody who hears of an error. */
export class WatchedEmitters {
  readonly kinds = new Set<string>();
  private readonly emitters = new Set<EventEmitter>();
  private readonly missing = new Set<string>();
  private readonly constructorOfAll = EventEmitter as unknown as Constructor;
  private readonly init = this.constructorOfAll.init;
  private readonly timer = setInterval(() => this.look(), LOOK_MS);

  constructor() {
    const { emitters, init } = this;
    this.constructorOfAll.init = function (options) {
      emitters.add(this);
      init.call(this, options);
    };
  }

  /** Kinds and events without a listener, as they are now and as they were at any look before. */
  unheard(): string[] {
    this.look();
    return [...this.missing];
  }

  end(): void {
    clearInterval(this.timer);
    this.constructorOfAll.init = this.init;
  }

  private look(): void {
    for (const emitter of this.emitters) {
      const kind = kindOf(emitter);
      const { destroyed: isOver, _connected: isConnected } = emitter as { destroyed?: boolean; _connected?: boolean };
      // A client of PostgreSQL gives its errors to whoever waits for its connection, until there is one.
      if (!KINDS.has(kind) || isOver === true || (kind === "Client" && isConnected !== true)) continue;
      this.kinds.add(kind);
      const events = kind === "Worker" ? ["error", "messageerror"] : ["error"];
      for (const event of events) if (emitter.listenerCount(event) === 0) this.missing.add(`${kind}: ${event}`);
    }
  }
}
