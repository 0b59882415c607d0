import { HostCalls, shownOf } from "./host-calls";
import { checkName, checkSize, checkText, HostRefusal } from "./host-checks";
import { readableTexts } from "./json";
import type { Capability, HostCallAnswer, JsonTexts, JsonValue, StreamEntry, WorkspaceData } from "./messages";
import { LogBuffer } from "./output";
import { Timers } from "./timers";

/** Limits of what a workspace keeps outside of its memory. */
export const MAX_STATE_BYTES = 256 * 1024;
export const MAX_PANELS_BYTES = 256 * 1024;
export const MAX_PANELS = 64;
export const MAX_ENTRIES = 256;
const MAX_ENTRY_BYTES = 64 * 1024;
/** Limit for all entries of one execution together, without their names. */
export const MAX_SAID_BYTES = 1024 * 1024;
const ENTRY = "event or panel";

/** What a workspace asks of its host: state, events, panels, output, and calls that are answered later. */
export class HostBridge {
  readonly logs = new LogBuffer();
  readonly timers = new Timers();
  readonly calls = new HostCalls();
  /** Operations of the host that the execution used. */
  used = 0;
  private state = new Map<string, string>();
  private panels = new Map<string, string>();
  private streamSeq = 0;
  private stateChanged = false;
  private panelsChanged = false;
  private entries: StreamEntry[] = [];
  private saidBytes = 0;
  private allowed: ReadonlySet<Capability> | undefined;

  load({ state, panels, streamSeq }: WorkspaceData): void {
    const readable = (texts: JsonTexts) => new Map(readableTexts(texts).map(({ name, text }) => [name, text]));
    this.state = readable(state);
    this.panels = readable(panels);
    this.streamSeq = streamSeq;
  }

  /** A new execution begins; undefined allows everything. */
  begin(allowed: readonly Capability[] | undefined): void {
    this.logs.clear();
    this.timers.clearAll();
    this.allowed = allowed && new Set(allowed);
    this.calls.begin();
    [this.used, this.saidBytes] = [0, 0];
    [this.stateChanged, this.panelsChanged] = [false, false];
    this.entries = [];
  }

  /** Changes that the execution made to state, panels and events. */
  takeChange(): { state?: JsonTexts; panels?: JsonTexts; entries: readonly StreamEntry[] } {
    return {
      ...(this.stateChanged ? { state: Object.fromEntries(this.state) } : {}),
      ...(this.panelsChanged ? { panels: Object.fromEntries(this.panels) } : {}),
      entries: this.entries,
    };
  }

  start(call: number, kind: string, request: string): void {
    this.used += 1;
    this.require("ext");
    this.calls.start(call, kind, request, () => this.require("view:update"));
  }

  /** The answer of a call as the code gets it; undefined if nobody waits for it. */
  close(call: number, answerOf: HostCallAnswer): HostCallAnswer | undefined {
    const open = this.calls.close(call);
    if (!open) return undefined;
    const shown = open.panel === undefined ? undefined : shownOf(answerOf);
    if (shown === undefined) return answerOf;
    try {
      this.view("view.set", open.panel ?? "", shown);
      return answerOf;
    } catch (error) {
      return { error: JSON.stringify(problemOf(error)) };
    }
  }

  /** @param text JSON text from the sandbox, which is not trusted */
  call(operation: string, name: string | undefined, text: string | undefined): JsonValue {
    this.used += 1;
    switch (operation) {
      case "state.get":
        this.require("state:read");
        return parse(this.state.get(checkName("key", name)) ?? "null");
      case "state.keys":
        this.require("state:read");
        return [...this.state.keys()];
      case "state.set":
        this.require("state:write");
        keep("state", this.state, checkName("key", name), checkText(text, "value", MAX_STATE_BYTES), MAX_STATE_BYTES);
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
        this.add("event", checkName("event", name), checkText(text, ENTRY, MAX_ENTRY_BYTES));
        return null;
      default:
        this.require("view:update");
        return this.view(operation, checkName("panel", name), text);
    }
  }

  private view(operation: string, panel: string, text: string | undefined): JsonValue {
    switch (operation) {
      case "view.get":
        return parse(this.panels.get(panel) ?? "null");
      case "view.set": {
        const value = checkText(text, ENTRY, MAX_ENTRY_BYTES);
        this.checkEntry(value);
        this.keepPanel(panel, value);
        this.add("set", panel, value);
        return null;
      }
      case "view.update": {
        const patch = checkText(text, ENTRY, MAX_ENTRY_BYTES);
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
    checkSize(text, ENTRY, MAX_ENTRY_BYTES);
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
    if (this.saidBytes + Buffer.byteLength(payload) > MAX_SAID_BYTES)
      throw new HostRefusal("LimitError", `one execution may emit and update ${MAX_SAID_BYTES} bytes`);
  }

  private require(capability: Capability): void {
    if (this.allowed && !this.allowed.has(capability))
      throw new HostRefusal("CapabilityError", `the handler lacks the capability ${capability}`);
  }
}

const parse = (text: string) => JSON.parse(text) as JsonValue;

function keep(what: string, map: Map<string, string>, key: string, text: string, maxBytes: number): void {
  let bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
  for (const [name, kept] of map) if (name !== key) bytes += Buffer.byteLength(name) + Buffer.byteLength(kept);
  if (bytes > maxBytes) throw new HostRefusal("LimitError", `the ${what} of a workspace may have ${maxBytes} bytes`);
  map.set(key, text);
}

/** What the sandbox gets: a value, or the reason why the host refuses. */
interface Answer {
  readonly error: { readonly name: string; readonly message: string } | null;
  readonly value: JsonValue;
}

/**
 * JSON text of an {@link Answer}. Never throws: the engine would make an error of it with the workspace's own setters.
 */
export function answer(work: () => JsonValue): string {
  const say = (said: Answer) => JSON.stringify(said);
  try {
    return say({ error: null, value: work() });
  } catch (error) {
    return say({ error: problemOf(error), value: null });
  }
}

function problemOf(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } = error instanceof HostRefusal ? error : new HostRefusal("TypeError", "not readable");
  return { name, message };
}

const isObject = (value: JsonValue | undefined): value is { [key: string]: JsonValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Applies an RFC 7396 merge patch: members replace, null removes, anything but an object replaces the whole. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  // Without a prototype, so that a member named __proto__ has no special meaning.
  const result = Object.assign(Object.create(null) as { [key: string]: JsonValue }, isObject(target) ? target : {});
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
