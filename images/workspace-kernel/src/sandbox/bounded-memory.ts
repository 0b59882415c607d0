const PAGE_BYTES = 65_536;
/** What the module declares as its least. */
const INITIAL_PAGES = 256;

/**
 * The engine's own limit does not see the size of its allocations in this build, so the WebAssembly memory is what
 * cannot grow: the allocation then fails inside the engine, which makes an ordinary error of it.
 */
export function boundedMemory(maxBytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: Math.floor(maxBytes / PAGE_BYTES) });
}
