import { type CellFacts, fileNames } from "./facts";

/** The newest run of a cell, as far as the graph needs it. */
export interface GraphRun {
  /** Runs of a workspace happen one after another, with rising numbers. */
  readonly seq: number;
  /** Version of the cell that ran. */
  readonly cellVersion: number;
  readonly failed: boolean;
}

export interface GraphCell {
  readonly id: string;
  readonly version: number;
  readonly facts: CellFacts;
  readonly run: GraphRun | undefined;
  /** For a file, which has no runs of its own. */
  readonly file?: { readonly name: string; readonly changedAt: number } | undefined;
}

/** Why a cell is to run again: it never ran, its code changed, its last run failed, or an input changed. */
export const staleReasons = ["new", "changed", "failed", "input"] as const;
export type StaleReason = (typeof staleReasons)[number];

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** The names that lead from one cell to the other. */
  readonly names: readonly string[];
}

export interface Graph {
  readonly edges: readonly Edge[];
  /** All cells, each after those that it needs; otherwise as in the document. */
  readonly order: readonly string[];
  readonly stale: ReadonlyMap<string, StaleReason>;
  /** Cells that need each other. */
  readonly cycles: readonly (readonly string[])[];
  /** Names that more than one cell declares. */
  readonly doubles: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

/** The graph of the code cells of a document, in their order; it takes time linear in the size of the facts. */
export function graphOf(cells: readonly GraphCell[]): Graph {
  const writers = writersOf(cells);
  const inputs = cells.map(() => new Map<number, string[]>());
  const files = new Map(cells.flatMap(({ file }, cell) => (file ? [[file.name, cell] as const] : [])));
  const connect = (from: number, to: number, name: string) => {
    if (from === to) return;
    const names = inputs[to]?.get(from);
    if (names) names.push(name);
    else inputs[to]?.set(from, [name]);
  };
  for (const [name, { chain }] of writers)
    chain.forEach((cell, index) => index > 0 && connect(chain[index - 1] ?? cell, cell, name));
  cells.forEach(({ facts }, cell) => {
    // Who changes the name itself stands in the chain, after the one before.
    const changed = new Set(facts.assigns);
    for (const { file, names } of facts.imports ?? []) {
      const from = fileNames(file).flatMap((name) => files.get(name) ?? [])[0];
      if (from !== undefined) (names.length > 0 ? names : [file]).forEach((name) => connect(from, cell, name));
    }
    for (const name of facts.uses) if (!changed.has(name)) connect(writers.get(name)?.chain.at(-1) ?? cell, cell, name);
  });
  const groups = strongGroups(inputs.map((each) => [...each.keys()]));
  const order = orderOf(inputs, groups);
  const id = (cell: number) => cells[cell]?.id ?? "";
  return {
    edges: inputs.flatMap((each, to) => [...each].map(([from, names]) => ({ from: id(from), to: id(to), names }))),
    order: order.map(id),
    stale: staleOf(cells, inputs, groups, order),
    cycles: cyclesOf(groups).map((group) => group.map(id)),
    doubles: [...writers].flatMap(([name, { doubled }]) =>
      doubled.length > 1 ? [{ name, cells: doubled.map(id) }] : [],
    ),
  };
}

interface Writers {
  /** Who declares the name and then who changes it, in the order of the document; each needs the one before. */
  readonly chain: readonly number[];
  /** Who says that the name is theirs. */
  readonly doubled: readonly number[];
}

/** A name that nobody declares belongs to those who assign it. */
function writersOf(cells: readonly GraphCell[]): Map<string, Writers> {
  const [declared, assigned] = [new Map<string, number[]>(), new Map<string, number[]>()];
  cells.forEach(({ facts, file }, cell) => {
    // What a file declares is its own.
    for (const name of file ? [] : facts.declares) addTo(declared, name, cell);
    for (const name of facts.assigns) addTo(assigned, name, cell);
  });
  const names = new Set([...declared.keys(), ...assigned.keys()]);
  return new Map(
    [...names].map((name) => {
      const [owners = [], others = []] = [declared.get(name), assigned.get(name)];
      return [name, { chain: [...owners, ...others], doubled: owners.length > 0 ? owners : others }];
    }),
  );
}

function addTo<Key>(lists: Map<Key, number[]>, key: Key, item: number): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** Tarjan's algorithm, without recursion: for each cell the number of its group of cells that need each other. */
function strongGroups(inputs: readonly (readonly number[])[]): number[] {
  const [index, low, group] = [inputs.map(() => -1), inputs.map(() => 0), inputs.map(() => -1)];
  const open: number[] = [];
  let [nextIndex, nextGroup] = [0, 0];
  for (const [root] of inputs.entries()) {
    if (index[root] !== -1) continue;
    const path = [{ cell: root, at: 0 }];
    for (let step = path.at(-1); step; step = path.at(-1)) {
      const { cell } = step;
      if (step.at === 0) {
        index[cell] = low[cell] = nextIndex++;
        open.push(cell);
      }
      const input = inputs[cell]?.[step.at];
      step.at += 1;
      if (input !== undefined) {
        if (index[input] === -1) path.push({ cell: input, at: 0 });
        else if (group[input] === -1) low[cell] = Math.min(low[cell] ?? 0, index[input] ?? 0);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above) low[above.cell] = Math.min(low[above.cell] ?? 0, low[cell] ?? 0);
      if (low[cell] !== index[cell]) continue;
      for (let member = open.pop(); member !== undefined; member = member === cell ? undefined : open.pop())
        group[member] = nextGroup;
      nextGroup += 1;
    }
  }
  return group;
}

function cyclesOf(groups: readonly number[]): number[][] {
  const members = new Map<number, number[]>();
  groups.forEach((group, cell) => addTo(members, group, cell));
  return [...members.values()].filter(({ length }) => length > 1);
}

type Inputs = readonly ReadonlyMap<number, readonly string[]>[];

/** Inside of a cycle the order of the document counts, so that everything can run. */
const isBack = (groups: readonly number[], from: number, to: number) => groups[from] === groups[to];

/** Of the cells whose inputs are all placed, the first of the document comes next. */
function orderOf(inputs: Inputs, groups: readonly number[]): number[] {
  const outputs = inputs.map((): number[] => []);
  const missing = inputs.map(() => 0);
  inputs.forEach((each, to) => {
    for (const from of each.keys()) {
      if (isBack(groups, from, to)) continue;
      outputs[from]?.push(to);
      missing[to] = (missing[to] ?? 0) + 1;
    }
  });
  const ready = new Smallest();
  missing.forEach((count, cell) => count === 0 && ready.push(cell));
  const order: number[] = [];
  for (let cell = ready.pop(); cell !== undefined; cell = ready.pop()) {
    order.push(cell);
    for (const output of outputs[cell] ?? []) {
      missing[output] = (missing[output] ?? 0) - 1;
      if (missing[output] === 0) ready.push(output);
    }
  }
  return order;
}

function staleOf(
  cells: readonly GraphCell[],
  inputs: Inputs,
  groups: readonly number[],
  order: readonly number[],
): Map<string, StaleReason> {
  const stale = new Map<string, StaleReason>();
  // Of each cell: whether it is to run again or needs one that is, and when it got its values.
  const [dirty, seqs] = [cells.map(() => false), cells.map(({ run }) => run?.seq ?? 0)];
  for (const cell of order) {
    const one = cells[cell];
    if (!one) continue;
    const from = [...(inputs[cell]?.keys() ?? [])].filter((each) => !isBack(groups, each, cell));
    const newest = from.reduce((most, each) => Math.max(most, seqs[each] ?? 0), 0);
    const isInputDirty = from.some((each) => dirty[each]);
    if (one.file) {
      seqs[cell] = Math.max(one.file.changedAt, newest);
      dirty[cell] = isInputDirty;
      continue;
    }
    const reason = reasonOf(one, () => isInputDirty || newest > (seqs[cell] ?? 0));
    if (reason) stale.set(one.id, reason);
    dirty[cell] = reason !== undefined;
  }
  return stale;
}

function reasonOf({ run, version }: GraphCell, inputChanged: () => boolean): StaleReason | undefined {
  if (!run) return "new";
  if (run.cellVersion !== version) return "changed";
  if (run.failed) return "failed";
  return inputChanged() ? "input" : undefined;
}

/** A binary heap of numbers. */
class Smallest {
  private readonly heap: number[] = [];

  push(value: number): void {
    const { heap } = this;
    let at = heap.push(value) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && (heap[parent] ?? 0) > value; parent = (at - 1) >> 1) {
      heap[at] = heap[parent] ?? 0;
      at = parent;
    }
    heap[at] = value;
  }

  pop(): number | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if ((heap[child + 1] ?? Infinity) < (heap[child] ?? 0)) child += 1;
      if ((heap[child] ?? 0) >= last) break;
      heap[at] = heap[child] ?? 0;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
