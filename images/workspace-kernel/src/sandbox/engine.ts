import { randomFillSync } from "node:crypto";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { MAX_DISPLAY_BYTES, MAX_ERROR_BYTES, MAX_RESULT_BYTES } from "./output";
import { platformGroups } from "./platform";
import { bytesOperation, decodeOperation, textOperation } from "./platform/operations";
import { prelude } from "./prelude";

/** The engine's stack grows inside the WASM stack, which has room for many times this. */
const MAX_STACK_BYTES = 256 * 1024;

/** What the sandbox can call. */
export interface EngineHost {
  /** Maximum size of the next line in bytes. */
  readonly logLeft: () => number;
  readonly log: (level: string, message: string) => void;
  /** Indents the following lines by this many more groups. */
  readonly indent: (change: number) => void;
  /** Answers at once with JSON text of an {@link Answer}. */
  readonly call: (operation: string, name: string | undefined, value: string | undefined) => string;
  /** Starts a call that is settled later; the answer says whether the host refused it. */
  readonly start: (call: number, kind: string, request: string) => string;
  /** Ends such a call; it is not settled. */
  readonly cancel: (call: number) => void;
  /** Sets a timer, or clears it without a time; false if there are too many. */
  readonly timer: (timer: number, ms: number | undefined, isIdle: boolean) => boolean;
  readonly isInterrupted: () => boolean;
}

const apiNames = ["describe", "describeError", "settle", "installed", "install", "invoke", "fire"] as const;
export type EngineApi = Readonly<Record<(typeof apiNames)[number], QuickJSHandle>>;

export interface Engine {
  readonly memory: BoundedMemory;
  readonly context: QuickJSContext;
  readonly api: EngineApi;
}

const WASM_PAGE_BYTES = 65_536;
/** The minimum memory that the module declares. */
const INITIAL_PAGES = 256;

/** Remembers that the engine wanted more: in a few places it goes on without the memory that it did not get. */
export class BoundedMemory extends WebAssembly.Memory {
  isExhausted = false;

  override grow(pages: number): number {
    try {
      return super.grow(pages);
    } catch (error) {
      this.isExhausted = true;
      throw error;
    }
  }
}

/**
 * In this build the engine's own limit does not see the size of allocations, so the WebAssembly memory is limited
 * instead. An allocation beyond it fails inside the engine, which throws an ordinary error.
 * @param usedBytes size of the memory that will be copied in; allowed even if the limit is lower now
 */
export function boundedMemory(maxBytes: number, usedBytes = 0): BoundedMemory {
  const initial = Math.max(INITIAL_PAGES, Math.ceil(usedBytes / WASM_PAGE_BYTES));
  return new BoundedMemory({ initial, maximum: Math.max(initial, Math.floor(maxBytes / WASM_PAGE_BYTES)) });
}

/** Instantiates in this thread: passing the work to another thread and back would take longer. */
export async function instantiate(
  wasmModule: WebAssembly.Module,
  wasmMemory: WebAssembly.Memory,
): Promise<QuickJSWASMModule> {
  const instantiateWasm = (imports: WebAssembly.Imports, onSuccess: (instance: WebAssembly.Instance) => void) => {
    const instance = new WebAssembly.Instance(wasmModule, imports);
    onSuccess(instance);
    return instance.exports;
  };
  return await newQuickJSWASMModuleFromVariant(
    newVariant(variant, { emscriptenModule: { instantiateWasm }, wasmMemory }),
  );
}

/** A started engine, of which other engines are copies. */
export interface StartedEngine {
  /** Copies its memory into that of another engine. */
  readonly fill: (memory: WebAssembly.Memory) => void;
  /** Addresses of the prelude's functions in it. */
  readonly api: Readonly<Record<keyof EngineApi, number>>;
}

/**
 * Starts an engine. Every start of the same build must leave the same bytes in memory and number the host functions in
 * the same way, because the memory of another engine may be copied in. So nothing here may depend on the time, on
 * random numbers or on a setting, and no handle that is created later may be kept.
 * @param started engine to copy, which saves running the prelude, the longest part of a start
 */
export async function bootEngine(
  wasmModule: WebAssembly.Module,
  memory: BoundedMemory,
  host: EngineHost,
  started?: StartedEngine,
): Promise<Engine> {
  const module = await instantiate(wasmModule, memory);
  return withoutClock(() => {
    const context = module.newContext();
    context.runtime.setMaxStackSize(MAX_STACK_BYTES);
    context.runtime.setInterruptHandler(host.isInterrupted);
    const functions = { ...hostFunctions(context, host), ...platformFunctions(context, roomOf(module)) };
    return { memory, context, api: started ? copy(context, memory, started) : runPrelude(context, functions) };
  });
}

/** The engine seeds its random number generator from the clock when it starts; the host's generator replaces it. */
function withoutClock<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => 0;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}

/** The order must never change: copies of the memory refer to the functions by number. */
function hostFunctions(context: QuickJSContext, host: EngineHost): Record<string, QuickJSHandle> {
  // Anything else would be converted to a string, which can run code of the workspace.
  const optional = (handle: QuickJSHandle | undefined) =>
    handle && context.typeof(handle) === "string" ? context.getString(handle) : undefined;
  const text = (handle: QuickJSHandle) => optional(handle) ?? "";
  return {
    log: context.newFunction("log", (level, message) => {
      const left = host.logLeft();
      if (message && left > 0) host.log(text(level), text(message));
      return context.newNumber(left);
    }),
    indent: context.newFunction("indent", (change) => host.indent(context.getNumber(change))),
    // The value of a promise, or its state when `wantsValue` is false; undefined for anything else.
    promise: context.newFunction("promise", (promise, wantsValue) => {
      const state = context.getPromiseState(promise);
      if (state.type === "fulfilled" && state.notAPromise) return context.undefined;
      if (!context.eq(wantsValue, context.true)) return context.newString(state.type);
      if (state.type === "fulfilled") return state.value;
      return state.type === "rejected" ? state.error : context.undefined;
    }),
    random: context.newFunction("random", () => context.newNumber(randomNumber())),
    call: context.newFunction("call", (operation, name, value) =>
      context.newString(host.call(text(operation), optional(name), optional(value))),
    ),
    start: context.newFunction("start", (call, kind, request) =>
      context.newString(host.start(context.getNumber(call), text(kind), text(request))),
    ),
    cancel: context.newFunction("cancel", (call) => host.cancel(context.getNumber(call))),
    timer: context.newFunction("timer", (timer, ms, isIdle) => {
      const time = ms && context.typeof(ms) === "number" ? context.getNumber(ms) : undefined;
      const isSet = host.timer(
        context.getNumber(timer),
        time,
        isIdle !== undefined && context.eq(isIdle, context.true),
      );
      return isSet ? context.true : context.false;
    }),
  };
}

/** Whether the engine's memory has room for so many bytes. */
type HasRoom = (bytes: number) => boolean;

/** The engine's bindings write what they get without a look at whether there was memory for it. */
function roomOf(module: QuickJSWASMModule): HasRoom {
  const { _malloc, _free } = (
    module as unknown as { module: { _malloc: (bytes: number) => number; _free: (address: number) => void } }
  ).module;
  return (bytes) => {
    const address = _malloc(bytes);
    if (address === 0) return false;
    _free(address);
    return true;
  };
}

/** What the platform of the workspace asks of the host. None of it throws: see {@link EngineHost.call}. */
function platformFunctions(context: QuickJSContext, hasRoom: HasRoom): Record<string, QuickJSHandle> {
  const text = (handle: QuickJSHandle | undefined) =>
    handle && context.typeof(handle) === "string" ? context.getString(handle) : "";
  // Twice: the text in UTF-8, and the string that the engine makes of it.
  const newText = (said: string) =>
    hasRoom(Buffer.byteLength(said) * 2 + 1024) ? context.newString(said) : context.undefined;
  const bytes = (handle: QuickJSHandle | undefined): Uint8Array => {
    if (!handle || context.typeof(handle) !== "object") return new Uint8Array(0);
    try {
      // A copy of the engine's, which is freed here.
      return context.getArrayBuffer(handle).consume(({ value }) => value.slice());
    } catch {
      return new Uint8Array(0);
    }
  };
  return {
    load: context.newFunction("load", (group) => {
      const name = text(group);
      return context.evalCode(platformGroups.get(name) ?? "undefined", `${name}.js`, { type: "global" });
    }),
    text: context.newFunction("text", (operation, value) => newText(textOperation(text(operation), text(value)))),
    bytes: context.newFunction("bytes", (operation, argument, buffer) => {
      const made = bytesOperation(text(operation), text(argument), bytes(buffer));
      return made && hasRoom(made.length + 1024)
        ? context.newArrayBuffer(new Uint8Array(made).buffer)
        : context.undefined;
    }),
    decode: context.newFunction("decode", (how, buffer) => newText(decodeOperation(text(how), bytes(buffer)))),
  };
}

/** The memory contains no addresses outside of itself, so only the handles must be created. */
function copy(context: QuickJSContext, memory: WebAssembly.Memory, { fill, api }: StartedEngine): EngineApi {
  fill(memory);
  const { memory: values } = context as unknown as {
    readonly memory: { readonly heapValueHandle: (address: number) => QuickJSHandle };
  };
  const handles = apiNames.map((name) => [name, values.heapValueHandle(api[name])]);
  return Object.fromEntries(handles) as Record<keyof EngineApi, QuickJSHandle>;
}

/** Addresses of the values behind the handles. */
export function addressesOf(api: EngineApi): StartedEngine["api"] {
  const addresses = apiNames.map((name) => [name, Number(api[name].value)]);
  return Object.fromEntries(addresses) as Record<keyof EngineApi, number>;
}

function runPrelude(context: QuickJSContext, functions: Record<string, QuickJSHandle>): EngineApi {
  const setup = context.unwrapResult(context.evalCode(prelude, "prelude.js", { type: "global" }));
  const host = context.newObject();
  for (const [name, handle] of Object.entries(functions)) context.setProp(host, name, handle);
  const limits = { maxDisplay: MAX_DISPLAY_BYTES, maxResult: MAX_RESULT_BYTES, maxError: MAX_ERROR_BYTES };
  for (const [name, limit] of Object.entries(limits))
    context.newNumber(limit).consume((number) => context.setProp(host, name, number));
  const api = context.unwrapResult(context.callFunction(setup, context.undefined, host));
  const handles = Object.fromEntries(apiNames.map((name) => [name, context.getProp(api, name)]));
  // The host functions are never freed: otherwise a workspace that deletes its console would free their numbers.
  for (const handle of [setup, api, host]) handle.dispose();
  return handles as Record<keyof EngineApi, QuickJSHandle>;
}

const RANDOM_NUMBERS = 512;
const randomBits = new BigUint64Array(RANDOM_NUMBERS);
let usedNumbers = RANDOM_NUMBERS;

/**
 * A number from 0 to 1 (exclusive) with 53 random bits of the system's generator, which is read in batches because each
 * call is slow.
 */
function randomNumber(): number {
  if (usedNumbers === RANDOM_NUMBERS) {
    randomFillSync(randomBits);
    usedNumbers = 0;
  }
  const bits = randomBits[usedNumbers++] ?? 0n;
  return Number(bits >> 11n) / 2 ** 53;
}
