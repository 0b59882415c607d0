import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import type { NodeNamespaces, NodeNetwork } from "./node-namespaces";
import { nodeEnvironment } from "./node-namespaces";

export interface ProcessSpec {
  readonly name: string;
  readonly command: readonly string[];
  /** @default "node" */
  readonly network?: NodeNetwork;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A program that ran this long has started well, so its next restart is quick again. */
const SETTLED_MS = 30_000;

/** Keeps one program of the node running; restarts it with growing pauses when it ends. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private stopped = false;

  public constructor(
    private readonly namespaces: NodeNamespaces,
    private readonly spec: ProcessSpec,
    private readonly logFile: string,
    private readonly report: (text: string) => void,
  ) {}

  public start(): void {
    const started = Date.now();
    const log = fs.openSync(this.logFile, "a");
    const [file, args] = this.namespaces.command(this.spec.command, this.spec.network);
    const child = spawn(file, args, { stdio: ["ignore", log, log], env: nodeEnvironment() });
    fs.closeSync(log);
    this.child = child;
    child.once("error", (error) => this.report(`${this.spec.name}: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (this.stopped) return;
      this.report(`${this.spec.name} ended (${signal ?? `exit ${code}`}); starting it again in ${this.pauseMs} ms`);
      setTimeout(() => !this.stopped && this.start(), this.pauseMs);
      this.pauseMs = Date.now() - started > SETTLED_MS ? FIRST_PAUSE_MS : Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    });
  }

  /** Ends the supervision; the process itself ends with its namespaces. */
  public stop(): void {
    this.stopped = true;
    this.child?.removeAllListeners();
  }
}
