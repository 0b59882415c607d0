import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, type Reporter, reportStep, runProgram } from "@nexus/host";
import { checkGo } from "./build-prerequisites";
import { ensureFolder } from "./drafts";

/** Operators whose modules hold the definitions of their objects, with the checksums that Go computes. */
const MODULES = [
  {
    module: "github.com/cloudnative-pg/cloudnative-pg@v1.30.0",
    sum: "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=",
  },
  {
    module: "github.com/cloudnative-pg/plugin-barman-cloud@v0.14.0",
    sum: "h1:kpTo7egntRIM15hvo0xtOj07wyjj23jcz/Co0KfzC7s=",
  },
];
/** Folder of the definitions in each module. */
const FOLDER = "config/crd/bases";

const CONTENT = createHash("sha256").update(JSON.stringify(MODULES)).digest("hex").slice(0, 12);

/** Gets the definitions of the operators' objects into the cache. @returns their folder */
export async function ensureOperatorSchemas(reporter: Reporter): Promise<string> {
  const target = path.join(cacheDir(), `operator-schemas-${CONTENT}`);
  await ensureFolder(target, (draft) =>
    reportStep(reporter, "operator-schemas", "Definitions of the operators' objects", async () => {
      await checkGo("the definitions of the operators' objects");
      for (const one of MODULES) await copyDefinitions(one, draft);
    }),
  );
  return target;
}

async function copyDefinitions({ module, sum }: (typeof MODULES)[number], target: string): Promise<void> {
  const modules = path.join(target, "modules");
  // The checksum is compared here, so the database of checksums need not be reached.
  const env = { ...process.env, GOFLAGS: "-modcacherw", GOWORK: "off", GOSUMDB: "off", GOMODCACHE: modules };
  const answer = await runProgram("go", ["mod", "download", "-json", module], { cwd: target, env });
  const { Dir, Sum } = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== sum)
    throw new Error(
      `The module ${module} has the checksum ${Sum}, and not ${sum}: the module proxy changed it. Fix: another GOPROXY.`,
    );
  const folder = path.join(Dir, FOLDER);
  for (const file of fs.readdirSync(folder)) {
    fs.copyFileSync(path.join(folder, file), path.join(target, file));
    fs.chmodSync(path.join(target, file), 0o644);
  }
  fs.rmSync(modules, { recursive: true });
}
