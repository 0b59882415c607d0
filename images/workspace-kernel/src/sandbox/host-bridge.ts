import { LogBuffer } from "./output";
import type { Capability, HostCall, JsonTexts, JsonValue, StreamEntry, WorkspaceData } from "./messages";

/** Bounds of what a workspace keeps outside of its memory. */
export const MAX_STATE_BYTES = 256 * 1024;
export const MAX_PANELS_BYTES = 256 * 1024;
export const MAX_PANELS = 64;
const MAX_NAME = 128;
const MAX_ENTRIES = 256;
const MAX_ENTRY_BYTES = 64 * 1024;
/** Of all entries of one execution. */
const MAX_SAID_BYTES = 1024 * 1024;
const MAX_CALLS = 32;
const MAX_REQUEST_BYTES = 256 * 1024;

export class HostRefusal extends Error {
  constructor(
    override readonly name: "CapabilityError" | "LimitError" | "TypeError",
    message: string,
  ) {
    super(message);
  }
}

/** What a workspace asks of its host: state, events, panels, output, and calls that are answered later. */
export class HostBridge {
  readonly logs = new LogBuffer();
  /** Operations of the host that the execution used. */
  used = 0;
  private state = new Map<string, string>();
  private panels = new Map<string, string>();
  private streamSeq = 0;
  private stateChanged = false;
  private panelsChanged = false;
  private entries: StreamEntry[] = [];
  private saidBytes = 0;
  private started: HostCall[] = [];
  private readonly open = new Set<number>();
  private calls = 0;
  private allowed: ReadonlySet<Capability> | undefined;

  load({ state, panels, streamSeq }: WorkspaceData): void {
    this.state = new Map(Object.entries(state));
    this.panels = new Map(Object.entries(panels));
    this.streamSeq = streamSeq;
  }

  /** A new execution begins; undefined allows everything. */
  begin(allowed: readonly Capability[] | undefined): void {
    this.logs.clear();
    this.allowed = allowed && new Set(allowed);
    [this.used, this.calls, this.saidBytes] = [0, 0, 0];
    [this.stateChanged, this.panelsChanged] = [false, false];
    [this.entries, this.started] = [[], []];
    this.open.clear();
  }

  /** What the execution changed out here. */
  takeChange(): { state?: JsonTexts; panels?: JsonTexts; entries: readonly StreamEntry[] } {
    return {
      ...(this.stateChanged ? { state: Object.fromEntries(this.state) } : {}),
      ...(this.panelsChanged ? { panels: Object.fromEntries(this.panels) } : {}),
      entries: this.entries,
    };
  }

  /** Calls begun since the last look. */
  takeStarted(): HostCall[] {
    const started = this.started;
    this.started = [];
    return started;
  }

  get openCalls(): readonly number[] {
    return [...this.open];
  }

  close(call: number): boolean {
    return this.open.delete(call);
  }

  start(call: number, kind: string, request: string): void {
    this.used += 1;
    this.require("ext");
    if (kind !== "http") throw new HostRefusal("TypeError", `the host knows no call "${kind}"`);
    if (this.calls >= MAX_CALLS) throw new HostRefusal("LimitError", `one execution may make ${MAX_CALLS} calls`);
    if (Buffer.byteLength(request) > MAX_REQUEST_BYTES)
      throw new HostRefusal("LimitError", `a request may have ${MAX_REQUEST_BYTES} bytes`);
    this.calls += 1;
    this.open.add(call);
    this.started.push({ call, kind, request });
  }

  /** @param args what the sandbox gave, parsed; nothing about it is certain */
  call(operation: string, args: unknown): JsonValue {
    this.used += 1;
    const [name, text] = Array.isArray(args) ? (args as unknown[]) : [];
    switch (operation) {
      case "state.get":
        this.require("state:read");
        return parse(this.state.get(checkName("key", name)) ?? "null");
      case "state.keys":
        this.require("state:read");
        return [...this.state.keys()];
      case "state.set":
        this.require("state:write");
        keep("state", this.state, checkName("key", name), checkText(text), MAX_STATE_BYTES);
        this.stateChanged = true;
        return null;
      case "state.delete": {
        this.require("state:write");
        const deleted = this.state.delete(checkName("key", name));
        this.stateChanged ||= deleted;
        return deleted;
      }
      case "emit":
        this.require("events:emit");
        this.add("event", checkName("event", name), checkText(text));
        return null;
      default:
        this.require("view:update");
        return this.view(operation, checkName("panel", name), text);
    }
  }

  private view(operation: string, panel: string, text: unknown): JsonValue {
    switch (operation) {
      case "view.get":
        return parse(this.panels.get(panel) ?? "null");
      case "view.set":
        this.checkEntry(checkText(text));
        this.keepPanel(panel, checkText(text));
        this.add("set", panel, checkText(text));
        return null;
      case "view.update": {
        const patch = checkText(text);
        this.checkEntry(patch);
        const before = this.panels.get(panel);
        this.keepPanel(panel, JSON.stringify(mergePatch(before && parse(before), parse(patch))));
        this.add("patch", panel, patch);
        return null;
      }
      case "view.remove":
        if (!this.panels.has(panel)) return false;
        this.add("remove", panel, "null");
        this.panels.delete(panel);
        this.panelsChanged = true;
        return true;
      default:
        throw new HostRefusal("TypeError", `the host knows no operation "${operation}"`);
    }
  }

  private keepPanel(panel: string, text: string): void {
    if (!this.panels.has(panel) && this.panels.size >= MAX_PANELS)
      throw new HostRefusal("LimitError", `a workspace may have ${MAX_PANELS} panels`);
    checkSize(text);
    keep("panels", this.panels, panel, text, MAX_PANELS_BYTES);
    this.panelsChanged = true;
  }

  private add(kind: StreamEntry["kind"], name: string, payload: string): void {
    this.checkEntry(payload);
    this.streamSeq += 1;
    this.saidBytes += Buffer.byteLength(payload);
    this.entries.push({ seq: this.streamSeq, kind, name, payload });
  }

  private checkEntry(payload: string): void {
    if (this.entries.length >= MAX_ENTRIES)
      throw new HostRefusal("LimitError", `one execution may emit and update ${MAX_ENTRIES} times`);
    checkSize(payload);
    if (this.saidBytes + Buffer.byteLength(payload) > MAX_SAID_BYTES)
      throw new HostRefusal("LimitError", `one execution may emit and update ${MAX_SAID_BYTES} bytes`);
  }

  private require(capability: Capability): void {
    if (this.allowed && !this.allowed.has(capability))
      throw new HostRefusal("CapabilityError", `the handler lacks the capability ${capability}`);
  }
}

const parse = (text: string) => JSON.parse(text) as JsonValue;

function checkName(what: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= MAX_NAME && !/[\p{Cc}\p{Cs}]/u.test(value))
    return value;
  throw new HostRefusal("TypeError", `give the ${what} as a text of 1 to ${MAX_NAME} characters`);
}

/** Of one event or panel. */
function checkSize(text: string): void {
  if (Buffer.byteLength(text) > MAX_ENTRY_BYTES)
    throw new HostRefusal("LimitError", `one event or panel may have ${MAX_ENTRY_BYTES} bytes`);
}

function checkText(value: unknown): string {
  if (typeof value !== "string") throw new HostRefusal("TypeError", "give a value that JSON can hold");
  return value;
}

function keep(what: string, map: Map<string, string>, key: string, text: string, maxBytes: number): void {
  let bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
  for (const [name, kept] of map) if (name !== key) bytes += Buffer.byteLength(name) + Buffer.byteLength(kept);
  if (bytes > maxBytes) throw new HostRefusal("LimitError", `the ${what} of a workspace may have ${maxBytes} bytes`);
  map.set(key, text);
}

/** JSON text of what `work` gives, or of the reason why the host refuses. */
export function answer(work: () => object): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    const { name, message } = error instanceof HostRefusal ? error : new HostRefusal("TypeError", "not readable");
    return JSON.stringify({ error: { name, message } });
  }
}

const isObject = (value: JsonValue | undefined): value is { [key: string]: JsonValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Applies an RFC 7396 merge patch: members replace, null removes, anything but an object replaces the whole. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  // Without a prototype, so that a member named __proto__ is a member like any other.
  const result = Object.assign(Object.create(null) as { [key: string]: JsonValue }, isObject(target) ? target : {});
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
