import { HeapTracker } from "../src/sandbox/heap-image";
import { DamagedSegmentError } from "../src/sandbox/heap-segment";
import {
  change,
  contentOf,
  endHeapAt,
  heapEnd,
  LAYOUT,
  MEMORY_BYTES,
  numbers,
  startedMemory,
  template,
} from "./heap-memory";
import last from "./fixtures/heap-0.1.0.json";

/** A heap after some executions, and what was stored of them. */
async function written(executions: number, first = 0) {
  const memory = startedMemory();
  const tracker = new HeapTracker(template, memory);
  let segments: Uint8Array[] = [];
  for (let number = first; number < first + executions; number += 1) {
    change(memory, number);
    const { segment, full } = tracker.takeChange();
    segments = [...(full ? [] : segments), await segment];
  }
  return { memory, tracker, segments };
}

function restored(segments: readonly Uint8Array[]): WebAssembly.Memory {
  const memory = startedMemory();
  new HeapTracker(template, memory).restore(segments);
  return memory;
}

/** What a damaged heap must never do: be taken for another one. */
function isRefusedOrSame(segments: readonly Uint8Array[], content: string): boolean {
  try {
    return contentOf(restored(segments)) === content;
  } catch (error) {
    if (error instanceof DamagedSegmentError) return true;
    throw error;
  }
}

test("a heap is the same after any sequence of changes, also when it is written further by who read it", async () => {
  for (let round = 0; round < 20; round += 1) {
    const { memory, segments } = await written(30, round * 100);
    const copy = restored(segments);
    expect(contentOf(copy)).toBe(contentOf(memory));
    const again = startedMemory();
    const tracker = new HeapTracker(template, again);
    tracker.restore(segments);
    for (let number = 0; number < 10; number += 1) change(again, number);
    const { segment, full } = tracker.takeChange();
    expect(contentOf(restored([...(full ? [] : segments), await segment]))).toBe(contentOf(again));
  }
});

test("a page that becomes empty, one that nothing is known of, and pages that return to their first content", async () => {
  const { memory, tracker, segments } = await written(30);
  const bytes = new Uint8Array(memory.buffer);
  // More pages than copies are kept of, so that the first ones are no longer known.
  endHeapAt(memory, MEMORY_BYTES);
  bytes.fill(7, LAYOUT.heapStart, MEMORY_BYTES);
  segments.push(await tracker.takeChange().segment);
  bytes.fill(0, LAYOUT.heapStart, LAYOUT.heapStart + 4096);
  bytes.set(new Uint8Array(startedMemory().buffer, 20_000, 4096), 20_000);
  bytes.fill(0, MEMORY_BYTES - 4096);
  segments.push(await tracker.takeChange().segment);
  expect(contentOf(restored(segments))).toBe(contentOf(memory));
});

test("pages that are as in the beginning when everything is written anew are written right afterwards", async () => {
  const memory = startedMemory();
  const tracker = new HeapTracker(template, memory);
  endHeapAt(memory, MEMORY_BYTES);
  const bytes = new Uint8Array(memory.buffer, LAYOUT.heapStart + 100 * 1024, 100 * 1024);
  const random = numbers(7);
  let segments: Uint8Array[] = [];
  let fulls = 0;
  for (let round = 0; round < 40; round += 1) {
    bytes.fill(round % 2, 0, 4096);
    for (let at = 4096; at < bytes.length; at += 1) bytes[at] = random() * 256;
    const { segment, full } = tracker.takeChange();
    segments = [...(full ? [] : segments), await segment];
    if (full) fulls += 1;
    expect(contentOf(restored(segments))).toBe(contentOf(memory));
  }
  expect(fulls).toBeGreaterThan(3);
});

test("a heap that shrinks and grows again is read at each size", async () => {
  const memory = startedMemory();
  const tracker = new HeapTracker(template, memory);
  const start = heapEnd(memory);
  const segments: Uint8Array[] = [];
  for (const [round, pages] of [9, 2, 0, 5, -3, 12, 0, 9].entries()) {
    endHeapAt(memory, start + pages * 1024);
    if (pages > 0) new Uint8Array(memory.buffer).fill(round + 1, start + 500, start + pages * 1024 - 500);
    segments.push(await tracker.takeChange().segment);
    expect(contentOf(restored(segments))).toBe(contentOf(memory));
  }
});

test("a small change is stored in less than 2 KB, however large the heap is", async () => {
  const memory = startedMemory();
  const tracker = new HeapTracker(template, memory);
  const words = new Int32Array(memory.buffer);
  expect((await tracker.takeChange().segment).length).toBeLessThan(100);
  endHeapAt(memory, MEMORY_BYTES);
  for (let at = LAYOUT.heapStart / 4; at < words.length; at += 1) words[at] = Math.imul(at, 0x9e3779b1);
  await tracker.takeChange().segment;
  for (let page = 0; page < 40; page += 1) words[40_000 + page * 256] = page;
  expect((await tracker.takeChange().segment).length).toBeLessThan(500);
});

test("a segment that is cut off, or of which a byte is flipped, is refused and never taken for another heap", async () => {
  const { memory, segments } = await written(8);
  const content = contentOf(memory);
  segments.forEach((segment, index) => {
    const withOne = (other: Uint8Array) => isRefusedOrSame(segments.with(index, other), content);
    for (let length = 0; length < segment.length; length += length < 40 ? 1 : 37)
      expect([index, length, withOne(segment.slice(0, length))]).toEqual([index, length, true]);
    for (let at = 0; at < segment.length; at += at < 60 ? 1 : 29)
      for (const bit of [1, 16, 128]) {
        const flipped = segment.slice();
        flipped[at] = (flipped[at] ?? 0) ^ bit;
        expect([index, at, withOne(flipped)]).toEqual([index, at, true]);
      }
  });
}, 60_000);

test("segments that are missing, out of order or of another heap are refused", async () => {
  const { memory, segments } = await written(8);
  const other = (await written(8, 50)).segments;
  const content = contentOf(memory);
  expect(() => restored(segments.slice(1))).toThrow(DamagedSegmentError);
  expect(() => restored(segments.toSpliced(3, 1))).toThrow("the stored heap is damaged: its content is not what was");
  for (let index = 0; index < segments.length - 1; index += 1) {
    const swapped = segments
      .with(index, segments[index + 1] as Uint8Array)
      .with(index + 1, segments[index] as Uint8Array);
    expect(isRefusedOrSame(swapped, content)).toBe(true);
    expect(isRefusedOrSame(segments.with(index, other[index] as Uint8Array), content)).toBe(true);
  }
  const [full = new Uint8Array()] = segments;
  expect(() => restored([full.with(1, 3)])).toThrow("version 3 of a segment, of which only 2 is known");
});

test("a heap that release 0.1.0 wrote is read, and written further", async () => {
  const segments: Uint8Array[] = last.segments.map((segment) => new Uint8Array(Buffer.from(segment, "base64")));
  expect(template.build.reads).toContain(last.buildId);
  expect(template.build.id).not.toBe(last.buildId);
  const memory = startedMemory();
  const tracker = new HeapTracker(template, memory);
  tracker.restore(segments);
  expect(contentOf(memory)).toBe(last.content);
  for (let number = 10; number < 14; number += 1) {
    change(memory, number);
    const { segment, full } = tracker.takeChange();
    expect(full).toBe(false);
    segments.push(await segment);
  }
  expect(contentOf(restored(segments))).toBe(contentOf(memory));
  expect(isRefusedOrSame(segments.with(1, (segments[1] as Uint8Array).slice(0, 500)), contentOf(memory))).toBe(true);
  expect(heapEnd(memory)).toBeGreaterThan(LAYOUT.heapStart);
});
