import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { destroy } from "../../../cli/commands/destroy";
import { up } from "../../../cli/commands/up";
import { freePort } from "@nexus/testkit/server-process";
import { ContainerPrograms } from "../../support/stand-ins/container-programs";

export interface Made {
  readonly cluster: string;
  readonly ports: { readonly registry: number };
}

/** A machine with stand-ins of docker, kind and other programs, and a stack with `kind: kind`; new for each test. */
export class KindWorld {
  public programs!: ContainerPrograms;
  public studioPort!: number;
  public printed: string[] = [];
  private readonly outside = { ...process.env };

  public constructor() {
    beforeEach(() => this.begin());
    afterEach(() => this.end());
  }

  private async begin(): Promise<void> {
    this.programs = new ContainerPrograms(fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kind-")));
    this.studioPort = await freePort();
    process.env = { ...this.programs.environment(this.studioPort) };
    this.goTo("kind: kind");
    this.printed = [];
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, "write").mockImplementation((text) => Boolean(this.printed.push(String(text))));
  }

  private end(): void {
    jest.restoreAllMocks();
    process.env = { ...this.outside };
    this.programs.stop();
    fs.rmSync(this.programs.folder, { recursive: true });
  }

  public get stack() {
    return { stack: "dev", configFile: path.join(this.programs.folder, "Pulumi.dev.yaml") };
  }

  /** @param cluster what the stack's file has under nexus:cluster */
  public goTo(cluster: string): void {
    fs.writeFileSync(
      this.stack.configFile,
      `config:\n  nexus:images: { builder: buildkit }\n  nexus:cluster: { ${cluster} }\n`,
    );
  }

  public up(): Promise<void> {
    return up({ ...this.stack, yes: false });
  }

  public destroy({ forget } = { forget: false }): Promise<void> {
    return destroy({ ...this.stack, keepPlatform: false, forget, yes: false });
  }

  /** The platform folder's record of what was made. */
  public made(): Made {
    return JSON.parse(fs.readFileSync(path.join(this.programs.home, "kind.json"), "utf8")) as Made;
  }
}
