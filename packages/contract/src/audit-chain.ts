import { createHash } from "node:crypto";
import type { TenantAct } from "./audit-acts";

/** Where an audit trail stands: the number of its last row, and that row's hash. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of a trail without rows. */
export const EMPTY_TRAIL: AuditHead = { seq: 0, hash: "0".repeat(64) };

/** The act of the row that keeps the head of what retention deleted: its target is that head. */
export const TRIMMED = "audit.trimmed" satisfies TenantAct;

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** A row of a trail as one line of JSON. Its hash, the last member, is the SHA-256 of the line without it. */
export function sealRow(row: object): { readonly line: string; readonly hash: string } {
  const hash = hashOf(JSON.stringify(row));
  return { line: JSON.stringify({ ...row, hash }), hash };
}

/** The last line of a whole export. */
export function endLine(chain: string, end: AuditHead): string {
  return JSON.stringify({ chain, end });
}

export interface AuditVerdict {
  readonly rows: number;
  readonly head: AuditHead;
  /** What is wrong with the first wrong row; undefined if all rows follow each other. */
  readonly problem: string | undefined;
}

interface Row {
  readonly chain: string;
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
  readonly act?: unknown;
  readonly target?: unknown;
}

class AuditProblem extends Error {}

/** Follows the rows of one trail; throws `AuditProblem` at the first one that is wrong. */
class Follower {
  rows = 0;
  head = EMPTY_TRAIL;
  private chain: string | undefined;
  /** The head of what is missing before the first row, until a row says that retention deleted it. */
  private unexplained: AuditHead | undefined;
  private ended = false;

  /** @param known the head of the trail at an earlier time */
  constructor(private readonly known: AuditHead | undefined) {}

  take(text: string, line: number): void {
    const value = parse(text, line);
    if (this.ended) throw new AuditProblem(`line ${line} comes after the end of the export: it was inserted`);
    const { chain, end } = value as { chain?: unknown; end?: AuditHead };
    this.chain ??= String(chain);
    if (chain !== this.chain)
      throw new AuditProblem(`line ${line} belongs to the trail ${String(chain)}: it was inserted`);
    if (end === undefined) this.follow(value as Row, text, line);
    else this.end(end);
  }

  finish(): void {
    if (this.known && this.known.seq > this.head.seq)
      throw new AuditProblem(`${numbers(this.head.seq + 1, this.known.seq)} removed from the end`);
    if (!this.ended)
      throw new AuditProblem(`the end of the export is missing after row ${this.head.seq}: rows were removed`);
    if (this.unexplained)
      throw new AuditProblem(`${numbers(1, this.unexplained.seq)} removed: no checkpoint of the retention names them`);
  }

  private follow(row: Row, text: string, line: number): void {
    const { hash, ...rest } = row;
    const { seq, previous } = row;
    if (sealRow(rest).line !== text || !Number.isSafeInteger(seq))
      throw new AuditProblem(`row ${String(seq)} (line ${line}) was changed: its hash does not fit its content`);
    if (this.rows === 0 && seq > 1) {
      this.unexplained = { seq: seq - 1, hash: previous };
      this.head = this.unexplained;
    }
    const expected = this.head.seq + 1;
    if (seq > expected)
      throw new AuditProblem(`${numbers(expected, seq - 1)} removed before row ${seq} (line ${line})`);
    if (seq < expected) throw new AuditProblem(`row ${seq} (line ${line}) was inserted: row ${expected} comes here`);
    if (previous !== this.head.hash)
      throw new AuditProblem(
        `row ${seq} (line ${line}) does not follow row ${seq - 1}: one of them was changed or inserted`,
      );
    this.rows += 1;
    this.head = { seq, hash };
    if (this.known?.seq === seq && this.known.hash !== hash)
      throw new AuditProblem(`row ${seq} (line ${line}) is another one than before: the trail was written anew`);
    if (row.act === TRIMMED && this.unexplained && isSame(this.unexplained, row.target as AuditHead))
      this.unexplained = undefined;
  }

  private end(end: AuditHead): void {
    this.ended = true;
    if (end.seq > this.head.seq) throw new AuditProblem(`${numbers(this.head.seq + 1, end.seq)} removed from the end`);
    if (!isSame(end, this.head))
      throw new AuditProblem(
        `row ${this.head.seq} is not the last row ${end.seq} of the trail: it was changed or inserted`,
      );
  }
}

const isSame = (one: AuditHead, other: AuditHead) => one.seq === other.seq && one.hash === other.hash;
const numbers = (from: number, to: number) => (from === to ? `row ${from} was` : `rows ${from} to ${to} were`);

function parse(text: string, line: number): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Reported below.
  }
  throw new AuditProblem(`line ${line} is no row of a trail: it was changed or inserted`);
}

/**
 * Checks a whole export, line by line. @param known the head of an earlier check; without it nobody notices that somebody
 * who may write everything wrote the whole trail anew
 */
export async function verifyTrail(
  lines: AsyncIterable<string> | Iterable<string>,
  known?: AuditHead,
): Promise<AuditVerdict> {
  const follower = new Follower(known);
  let problem: string | undefined;
  try {
    let line = 0;
    for await (const text of lines) follower.take(text, (line += 1));
    follower.finish();
  } catch (error) {
    if (!(error instanceof AuditProblem)) throw error;
    problem = error.message;
  }
  return { rows: follower.rows, head: follower.head, problem };
}
