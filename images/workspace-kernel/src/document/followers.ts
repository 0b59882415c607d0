import type { Graph } from "./graph";

/** A cell that runs by itself after another one. */
export interface Follower {
  readonly id: string;
  /** Those of the cells before it in the list that it needs. */
  readonly needs: readonly string[];
}

export interface FollowerCell {
  readonly id: string;
  /** Whether it runs by itself. */
  readonly auto: boolean;
  /** A file has no runs of its own; what has changed reaches those that import it. */
  readonly isFile: boolean;
  /** When that run has ended, others follow it. */
  readonly isRunning: boolean;
}

/**
 * The cells that run by themselves after a cell has run, each after those that it needs. One whose other inputs are stale
 * waits for them. Where cells need each other or declare the same name, their values depend on who ran last, so that
 * nothing follows there.
 */
export function followersOf(graph: Graph, cells: readonly FollowerCell[], ran: string): Follower[] {
  const unclear = new Set([...graph.cycles.flat(), ...graph.doubles.flatMap((double) => double.cells)]);
  if (unclear.has(ran)) return [];
  const known = new Map(cells.map((cell) => [cell.id, cell]));
  const inputs = new Map<string, string[]>(graph.order.map((id) => [id, []]));
  for (const { from, to } of graph.edges) inputs.get(to)?.push(from);
  const followers: Follower[] = [];
  /** What the run has reached, with the followers that it goes through. */
  const reached = new Map<string, readonly string[]>([[ran, []]]);
  const missing = new Set<string>();
  for (const id of graph.order) {
    const [cell, own = []] = [known.get(id), inputs.get(id)];
    if (!cell || id === ran) continue;
    const isStale = graph.stale.has(id);
    const isFollowing = own.some((each) => reached.has(each)) && !own.some((each) => missing.has(each));
    const isUnclear = unclear.has(id) || cell.isRunning;
    if (isFollowing && !isUnclear && (cell.auto || cell.isFile || !isStale)) {
      const needs = [...new Set(own.flatMap((each) => reached.get(each) ?? []))];
      const runs = isStale && !cell.isFile;
      if (runs) followers.push({ id, needs });
      reached.set(id, runs ? [id] : needs);
    } else if (isStale || isUnclear || own.some((each) => missing.has(each))) missing.add(id);
  }
  return followers;
}
