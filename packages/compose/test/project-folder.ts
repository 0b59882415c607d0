import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { convert, type Conversion } from "../src/convert";
import type { ConvertOptions } from "../src/convert-options";
import { ComposeError } from "../src/source/problem";

/** A project of files in a temporary folder, which is removed after the test. */
export class ProjectFolder {
  private readonly folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "nexus-compose-")), "demo");

  /** @param files texts by their path */
  public constructor(files: Readonly<Record<string, string>> = {}) {
    fs.mkdirSync(this.folder);
    this.write(files);
  }

  public write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
      fs.writeFileSync(this.path(name), text);
    }
  }

  public path(name: string): string {
    return path.join(this.folder, name);
  }

  public convert(options: Partial<ConvertOptions> = {}): Conversion {
    return convert({ files: [this.path("compose.yaml")], environment: {}, ...options });
  }

  public problems(options: Partial<ConvertOptions> = {}): readonly string[] {
    try {
      this.convert(options);
    } catch (error) {
      if (error instanceof ComposeError) return error.problems;
      throw error;
    }
    return [];
  }

  public remove(): void {
    fs.rmSync(path.dirname(this.folder), { recursive: true });
  }
}
