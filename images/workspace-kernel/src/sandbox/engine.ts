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
import { prelude } from "./prelude";

/** The engine's stack grows inside the WASM stack, which has room for many times this. */
const MAX_STACK_BYTES = 256 * 1024;

/** What the sandbox can call. */
export interface EngineHost {
  /** Bytes that the next line may have. */
  readonly logLeft: () => number;
  readonly log: (level: string, message: string) => void;
  /** Lines from now on are in so many groups more. */
  readonly indent: (change: number) => void;
  /** Answers at once with JSON text of an {@link Answer}. */
  readonly call: (operation: string, name: string | undefined, value: string | undefined) => string;
  /** Begins something that is settled later; the answer says whether it was refused. */
  readonly start: (call: number, kind: string, request: string) => string;
  readonly isInterrupted: () => boolean;
}

const apiNames = ["describe", "describeError", "settle", "installed", "install", "invoke"] as const;
export type EngineApi = Readonly<Record<(typeof apiNames)[number], QuickJSHandle>>;

export interface Engine {
  readonly memory: WebAssembly.Memory;
  readonly context: QuickJSContext;
  readonly api: EngineApi;
}

const WASM_PAGE_BYTES = 65_536;
/** What the module declares as its least. */
const INITIAL_PAGES = 256;

/**
 * The engine's own limit does not see the size of its allocations in this build, so the WebAssembly memory is what
 * cannot grow: the allocation then fails inside the engine, which makes an ordinary error of it.
 * @param usedBytes size of a memory whose content is to be copied in; it is taken as it is even if the limit is lower now
 */
export function boundedMemory(maxBytes: number, usedBytes = 0): WebAssembly.Memory {
  const initial = Math.max(INITIAL_PAGES, Math.ceil(usedBytes / WASM_PAGE_BYTES));
  return new WebAssembly.Memory({ initial, maximum: Math.max(initial, Math.floor(maxBytes / WASM_PAGE_BYTES)) });
}

/** Makes the instance in this thread: handing it to another one and back takes longer than making it. */
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

/** An engine that has started, for others that begin as copies of it. */
export interface StartedEngine {
  /** Fills the memory of another engine with what is in its own. */
  readonly fill: (memory: WebAssembly.Memory) => void;
  /** Where the functions of the prelude are in it. */
  readonly api: Readonly<Record<keyof EngineApi, number>>;
}

/**
 * Starts an engine. Every start of the same build leaves the same bytes in memory and gives the same numbers to the same
 * host functions; a memory copied from another engine therefore goes on where that one was. So nothing here may depend
 * on the time, on chance or on a setting, and no handle may be made later and kept.
 * @param started spares the engine its prelude, which takes most of a start
 */
export async function bootEngine(
  wasmModule: WebAssembly.Module,
  memory: WebAssembly.Memory,
  host: EngineHost,
  started?: StartedEngine,
): Promise<Engine> {
  const module = await instantiate(wasmModule, memory);
  return withoutClock(() => {
    const context = module.newContext();
    context.runtime.setMaxStackSize(MAX_STACK_BYTES);
    context.runtime.setInterruptHandler(host.isInterrupted);
    const functions = hostFunctions(context, host);
    return { memory, context, api: started ? copy(context, memory, started) : runPrelude(context, functions) };
  });
}

/** The engine seeds its generator of random numbers from the clock as it starts; ours replaces it. */
function withoutClock<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => 0;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}

/** In an order that never changes: copies of the memory know them by number. */
function hostFunctions(context: QuickJSContext, host: EngineHost): Record<string, QuickJSHandle> {
  // Anything but a text would be made one by code of the workspace.
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
  };
}

/** The memory holds no engine's address that a copy does not have; only handles have to be made. */
function copy(context: QuickJSContext, memory: WebAssembly.Memory, { fill, api }: StartedEngine): EngineApi {
  fill(memory);
  const { memory: values } = context as unknown as {
    readonly memory: { readonly heapValueHandle: (address: number) => QuickJSHandle };
  };
  const handles = apiNames.map((name) => [name, values.heapValueHandle(api[name])]);
  return Object.fromEntries(handles) as Record<keyof EngineApi, QuickJSHandle>;
}

/** Where the values behind the handles are. */
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
  // The host functions stay held: a workspace that throws away its console would otherwise free their numbers.
  for (const handle of [setup, api, host]) handle.dispose();
  return handles as Record<keyof EngineApi, QuickJSHandle>;
}

const RANDOM_NUMBERS = 512;
const randomBits = new BigUint64Array(RANDOM_NUMBERS);
let usedNumbers = RANDOM_NUMBERS;

/** A number from 0 up to 1 with 53 random bits, from the system's generator; asked in batches because each call is slow. */
function randomNumber(): number {
  if (usedNumbers === RANDOM_NUMBERS) {
    randomFillSync(randomBits);
    usedNumbers = 0;
  }
  const bits = randomBits[usedNumbers++] ?? 0n;
  return Number(bits >> 11n) / 2 ** 53;
}
