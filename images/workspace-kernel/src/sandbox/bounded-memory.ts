const PAGE_BYTES = 65_536;
/** What the module declares as its least. */
const INITIAL_PAGES = 256;

/**
 * The engine's own limit does not see the size of its allocations in this build, so the WebAssembly memory is what
 * cannot grow: the allocation then fails inside the engine, which makes an ordinary error of it.
 * @param usedBytes size of a memory whose content is to be copied in; it is taken as it is even if the limit is lower now
 */
export function boundedMemory(maxBytes: number, usedBytes = 0): WebAssembly.Memory {
  const initial = Math.max(INITIAL_PAGES, Math.ceil(usedBytes / PAGE_BYTES));
  return new WebAssembly.Memory({ initial, maximum: Math.max(initial, Math.floor(maxBytes / PAGE_BYTES)) });
}
