import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { InstanceLayout } from "../../../local/platform/layout";
import { ENCRYPTION_FILE, encryptStoredSecrets, ensureEncryptionKey } from "../../../local/platform/secrets-at-rest";

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-secrets-"));
});
afterEach(() => fs.rmSync(home, { recursive: true }));

interface Encryption {
  readonly resources: readonly {
    readonly resources: readonly string[];
    readonly providers: readonly { readonly secretbox?: { readonly keys: readonly { readonly secret: string }[] } }[];
  }[];
}

test("A44: each instance gets a key of 32 bytes, once, that only its owner may read", () => {
  const file = path.join(home, ENCRYPTION_FILE);
  ensureEncryptionKey(home);
  const first = fs.readFileSync(file, "utf8");
  const [rule] = (parse(first) as Encryption).resources;
  expect(rule?.resources).toEqual(["secrets"]);
  expect(Buffer.from(rule?.providers[0]?.secretbox?.keys[0]?.secret ?? "", "base64")).toHaveLength(32);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  ensureEncryptionKey(home);
  expect(fs.readFileSync(file, "utf8")).toBe(first);

  fs.mkdirSync(path.join(home, "other"));
  ensureEncryptionKey(path.join(home, "other"));
  expect(fs.readFileSync(path.join(home, "other", ENCRYPTION_FILE), "utf8")).not.toBe(first);
});

describe("A44: Secrets that an earlier release stored in plain text", () => {
  const layout = () => new InstanceLayout(home, { id: "abc123", link: 1, ports: { registry: 29500, studio: 30080 } });
  const written = () => path.join(home, "written");

  /** A kubectl that lists these Secrets and stores the replaced ones; `replace` fails as often as `refusals` says. */
  function fakeKubectl(items: readonly object[], refusals = 0): void {
    fs.mkdirSync(path.join(home, "data"), { recursive: true });
    fs.writeFileSync(path.join(home, "list.json"), JSON.stringify({ kind: "List", items }));
    fs.writeFileSync(path.join(home, "refusals"), "x".repeat(refusals));
    const script = `#!/bin/sh
      cd ${home}
      case "$*" in
        *" get secrets "*) cat list.json ;;
        *" replace "*)
          if [ -s refusals ]; then truncate -s -1 refusals; echo "the object has been modified" >&2; exit 1; fi
          cat >> written ;;
      esac`;
    fs.writeFileSync(path.join(home, "kubectl"), script, { mode: 0o755 });
  }

  test("are stored again, once", async () => {
    const items = [{ kind: "Secret", metadata: { name: "one" } }];
    fakeKubectl(items);
    await encryptStoredSecrets(layout(), home);
    expect(JSON.parse(fs.readFileSync(written(), "utf8"))).toEqual({ kind: "List", items });
    fs.rmSync(written());
    await encryptStoredSecrets(layout(), home);
    expect(fs.existsSync(written())).toBe(false);
  });

  test("are listed again when one of them changed meanwhile", async () => {
    fakeKubectl([{ kind: "Secret", metadata: { name: "one" } }], 1);
    await encryptStoredSecrets(layout(), home);
    expect(fs.existsSync(written())).toBe(true);
  });

  test("are not requested if there are none", async () => {
    fakeKubectl([]);
    await encryptStoredSecrets(layout(), home);
    expect(fs.existsSync(written())).toBe(false);
    expect(fs.existsSync(path.join(home, "data/secrets-encrypted"))).toBe(true);
  });
});
