import { type Conversion } from "../src/convert";
import { containerOf, convertText, secretOf } from "./support";

const app = (rest: string) => `services:\n  app:\n    image: app:1\n${rest.replace(/^/gm, "    ")}\n`;
const token = "sk-proj-abcdefghijklmnop1234";

/** Everything that a user with the right to read workloads can see. */
function shown({ objects, losses }: Conversion): string {
  return JSON.stringify([objects.filter(({ kind }) => kind !== "Secret"), losses]);
}

describe("E7 E21 X14: literal secrets in commands become variables of the Secret", () => {
  it.each<[string, string, readonly string[], string]>([
    ["the word after a flag", "[redis-server, --requirepass, ArgPw456]", ["redis-server", "--requirepass"], "ArgPw456"],
    ["a flag with a value", "[run, --db-password=ArgPw456]", ["run", "--db-password=$"], "ArgPw456"],
    ["a password in a URL", "run --db postgres://u:hunter2pw@db/x", ["run", "--db"], "postgres://u:hunter2pw@db/x"],
    ["a token in a script", `[sh, -c, "curl -H 'Authorization: Bearer ${token}' http://h/"]`, ["sh", "-c"], token],
    ["a header of any kind", `[sh, -c, "curl -H 'Authorization: Basic Zm9v' h"]`, ["sh", "-c"], "Zm9v"],
    ["a variable of a script", `[sh, -c, "PGPASSWORD=tiger7 psql"]`, ["sh", "-c", "PGPASSWORD=$"], "tiger7"],
    ["a statement", `[sh, -c, "psql -c \\"ALTER USER a PASSWORD 'tiger7'\\""]`, ["sh", "-c"], "tiger7"],
    ["curl's user", "[curl, -u, 'me:tiger7', http://h]", ["curl", "-u", "me:$"], "tiger7"],
    ["mysql's flag", "mysqldump -ptiger7 app", ["mysqldump", "-p$"], "tiger7"],
    ["a value with spaces", '[server, --password, "my pass word"]', ["server", "--password"], "my pass word"],
    ["a value with spaces first", '[--token, "abc def", run]', ["--token", "run"], "abc def"],
    ["a value with spaces after a sign", '[run, "--db-password=a b c"]', ["run", "--db-password=$"], "a b c"],
    ["an assignment with spaces", '[env, "APP_SECRET=a b", run]', ["env", "APP_SECRET=$", "run"], "a b"],
    ["curl's user with spaces", '[curl, -u, "me:ti ger", h]', ["curl", "-u", "me:$"], "ti ger"],
    ["curl's user in one word", "[curl, --user=me:tiger7, h]", ["curl", "--user=me:$"], "tiger7"],
    ["mysql's flag with spaces", '[mysql, "-pti ger", app]', ["mysql", "-p$", "app"], "ti ger"],
    ["a flag that ends like a secret's", "[run, --db-password, tiger7]", ["run", "--db-password"], "tiger7"],
    ["double quotes", `[sh, -c, 'run --password "a b" x']`, ["sh", '--password "$', '" x'], "a b"],
    ["single quotes", `[sh, -c, "run --password 'a b' x"]`, ["sh", "--password '$", "' x"], "a b"],
    ["quotes in quotes", `[sh, -c, "su -c \\"run --password 'a b'\\""]`, ["sh", "'$", `'"`], "a b"],
    ["escaped quotes", `[sh, -c, 'su -c "run --password \\"a b\\" x"']`, ["sh", '\\"$', '\\" x"'], "a b"],
    ["a quoted assignment", `[sh, -c, "PGPASSWORD='with space' psql"]`, ["PGPASSWORD='$", "' psql"], "with space"],
    ["a script in a script", `[sh, -c, 'sh -c "PGPASSWORD=tiger7 psql"']`, ['"PGPASSWORD=$', ' psql"'], "tiger7"],
    ["a quoted flag", `[sh, -c, 'run --api-key="a b";ls']`, ['--api-key="$', '";ls'], "a b"],
    ["the next line", '[sh, -c, "run --password \\\\\\n  tiger7"]', ["run --password"], "tiger7"],
    ["a quoted statement", `[sh, -c, "psql -c \\"ALTER USER a PASSWORD 'ti ger'\\""]`, ["PASSWORD '$", `'"`], "ti ger"],
    ["an apostrophe before", `[sh, -c, "echo don't; run --password tiger7"]`, ["don't; run --password"], "tiger7"],
  ])("%s", (_, command, words, secret) => {
    for (const key of ["command", "entrypoint"]) {
      const result = convertText(app(`${key}: ${command}`));
      expect(secretOf(result, "app-secret")).toEqual({ COMMAND_SECRET_1: secret });
      expect(shown(result)).not.toContain(secret);
      const { args, command: program } = containerOf(result, "app");
      const all = ((key === "command" ? args : program) as string[]).join("\n");
      expect(all).toContain("$(COMMAND_SECRET_1)");
      for (const word of words) expect(all).toContain(word);
      expect(result.losses).toEqual([]);
    }
  });

  it.each([
    ["a reference of the shell", `[sh, -c, "run --password=$$PW --url http://u:$\${PW}@h -a $$PW"]`],
    ["a path", "[run, --token, /var/run/token, --api-key=/etc/key]"],
    ["a flag alone", "[run, --password, --verbose]"],
    ["another program's short flag", "[ls, -a, -p1, data]"],
    ["a word of a user", "[curl, -u, me, http://h]"],
    ["a user's password that a shell puts in", '[sh, -c, "curl -u me:$$PW -u me:$${PW} http://h"]'],
    ["a quoted reference", `[sh, -c, 'run --password "$$PW" --token "$$(cat /t x)"']`],
    ["a key that is no secret", "[run, --sort-key, name, --public-key, abc, --max-token, '5']"],
    ["a switch", "[mongod, --auth, --no-password, run, --smtp-auth, plain]"],
    ["a file", "[run, --tls-key, server.key, --token, ./a/token]"],
  ])("%s is none", (_, command) => {
    const result = convertText(app(`command: ${command}`));
    expect(JSON.stringify(result.objects)).not.toContain("COMMAND_SECRET");
    expect(result.losses).toEqual([]);
  });

  it("each value has one variable, values of the environment are found anywhere, and names are unique", () => {
    const text = app(
      `command: [run, --token, Ab12cd34, --secret, Ab12cd34, "x:hay-stack-1:y", "\${PW}"]\n` +
        "environment: { KEEPER_KEY: hay-stack-1, PW: other, COMMAND_SECRET_1: mine }",
    );
    const result = convertText(text, { environment: { PW: "brought-1" } });
    expect(containerOf(result, "app").args).toEqual([
      "run",
      "--token",
      "$(COMMAND_SECRET_2)",
      "--secret",
      "$(COMMAND_SECRET_2)",
      "x:$(COMMAND_SECRET_3):y",
      "$(COMMAND_SECRET_4)",
    ]);
    expect(secretOf(result, "app-secret")).toMatchObject({
      COMMAND_SECRET_2: "Ab12cd34",
      COMMAND_SECRET_3: "hay-stack-1",
      COMMAND_SECRET_4: "brought-1",
      PW: "other",
    });
  });

  it("the image decides the meaning of a flag without a program", () => {
    for (const [image, command, shown, secret] of [
      ["docker.io/library/mariadb:11", "[-ptiger7]", "-p$(COMMAND_SECRET_1)", "tiger7"],
      ["curlimages/curl", "['-u', 'me:tiger7', http://h]", "-u me:$(COMMAND_SECRET_1) http://h", "tiger7"],
    ]) {
      const result = convertText(`services: { app: { image: "${image}", command: ${command} } }`);
      expect((containerOf(result, "app").args as string[]).join(" ")).toBe(shown);
      expect(secretOf(result, "app-secret")).toEqual({ COMMAND_SECRET_1: secret });
    }
  });

  it("every secret in a script has its own variable, and known values are found in quotes with others", () => {
    const script = `run --password "a b" && PGPASSWORD='c d' psql -x "hay stack 1:Ab12cd34" --token Ef56gh78`;
    const result = convertText(
      app(`command: [sh, -c, ${JSON.stringify(script)}]\nenvironment: { A_KEY: hay stack 1, B_KEY: Ab12cd34 }`),
    );
    expect((containerOf(result, "app").args as string[])[2]).toBe(
      `run --password "$(COMMAND_SECRET_1)" && PGPASSWORD='$(COMMAND_SECRET_2)' psql -x "$(COMMAND_SECRET_3):` +
        `$(COMMAND_SECRET_4)" --token $(COMMAND_SECRET_5)`,
    );
    expect(secretOf(result, "app-secret")).toMatchObject({ COMMAND_SECRET_1: "a b", COMMAND_SECRET_5: "Ef56gh78" });
  });

  it("what another service keeps secret becomes a variable as well, or is listed as a loss", () => {
    const other = "  db: { image: i, environment: { A_TOKEN: tiger-7 } }\n";
    const moved = convertText(`${app("command: [run, -xtiger-7y]")}${other}`);
    expect(containerOf(moved, "app").args).toEqual(["run", "-x$(COMMAND_SECRET_1)y"]);
    expect(secretOf(moved, "app-secret")).toEqual({ COMMAND_SECRET_1: "tiger-7" });
    expect(moved.losses).toEqual([]);
    expect(convertText(`${app("healthcheck: { test: [CMD, run, -xtiger-7y] }")}${other}`).losses).toMatchObject([
      { service: "app", key: "healthcheck.test", effect: "a secret in it can be read in the manifest" },
    ]);
    expect(convertText(`${app("command: [run, tiger-8]")}${other}`).losses).toEqual([]);
  });

  it.each([
    ["start --masterkey 'Reed warbler 7'", "start --masterkey $(COMMAND_SECRET_1)", "Reed warbler 7"],
    ["serve --signing-seed reed-warbler", "serve --signing-seed $(COMMAND_SECRET_1)", "reed-warbler"],
    [
      "serve --admin-pass=reed --psk=warbler",
      "serve --admin-pass=$(COMMAND_SECRET_1) --psk=$(COMMAND_SECRET_2)",
      "reed",
    ],
    ["serve --user heron:reed", "serve --user heron:$(COMMAND_SECRET_1)", "reed"],
    ["mongosh -u root -p reed --eval 1", "mongosh -u root -p $(COMMAND_SECRET_1) --eval 1", "reed"],
    ["sshpass -p reed ssh host", "sshpass -p $(COMMAND_SECRET_1) ssh host", "reed"],
  ])("of %s", (command, shown, secret) => {
    const result = convertText(app(`command: ${command}`));
    expect((containerOf(result, "app").args as string[]).join(" ")).toBe(shown);
    expect(secretOf(result, "app-secret")).toMatchObject({ COMMAND_SECRET_1: secret });
  });

  it.each([
    ["registry.example.com/mirror/sftp:1", "heron:reed:1001", "heron:$(COMMAND_SECRET_1)", "reed:1001"],
    [
      "someone/samba",
      "-p -u 'heron;reed' -s 'share;/mount;yes'",
      "-p -u heron;$(COMMAND_SECRET_1) -s share;/mount;yes",
      "reed",
    ],
  ])("accounts of %s", (image, command, shown, secret) => {
    const result = convertText(`services: { app: { image: "${image}", command: "${command}" } }`);
    expect((containerOf(result, "app").args as string[]).join(" ")).toBe(shown);
    expect(secretOf(result, "app-secret")).toEqual({ COMMAND_SECRET_1: secret });
  });

  it.each([
    "run --user 1000:1000",
    "run --user www:www",
    "run -u http://host/path",
    "run --max-tokens 4096",
    "run -p 80",
  ])("%s holds none", (command) => {
    const result = convertText(app(`command: ${command}`));
    expect((containerOf(result, "app").args as string[]).join(" ")).toBe(command);
  });

  it("an escaped space does not end a word, and a word with only variables is not a secret", () => {
    const escaped = ["a\\\\ b", "run a\\\\ b", "x\\\\\\ty z", "\\\\ \\\\ ", "mc \\\\$A \\\\$B; exit"];
    for (const script of escaped)
      expect(containerOf(convertText(app(`command: [sh, -c, "${script}"]`)), "app").args).toHaveLength(3);
    const result = convertText(app('command: [sh, -c, "run my\\\\ file --password tiger7"]'));
    expect(shown(result)).not.toContain("tiger7");
  });

  it("a flag at the end of the entrypoint applies to the command, and dollar signs stay unchanged", () => {
    const result = convertText(app("entrypoint: [redis-server, --requirepass]\ncommand: [ArgPw456, 'a$$${PW}']"), {
      environment: { PW: "tiger7" },
    });
    expect(containerOf(result, "app")).toMatchObject({
      command: ["redis-server", "--requirepass"],
      args: ["$(COMMAND_SECRET_1)", "a$$$(PW)"],
    });
  });
});

describe("E21: secrets in probes and hooks, which the kubelet does not expand", () => {
  const probe = (result: Conversion) =>
    (containerOf(result, "app").readinessProbe as { exec: { command: string[] } }).exec.command;

  it.each<[string, string, readonly string[]]>([
    ["a text", "redis-cli -a HealthPw1 ping", ["/bin/sh", "-c", "redis-cli -a ${COMMAND_SECRET_1} ping"]],
    [
      "CMD-SHELL",
      '[CMD-SHELL, "mysqladmin ping -p\\"HealthPw1\\""]',
      ["/bin/sh", "-c", 'mysqladmin ping -p"${COMMAND_SECRET_1}"'],
    ],
    ["double quotes", `redis-cli -a "HealthPw1"`, ["/bin/sh", "-c", 'redis-cli -a "${COMMAND_SECRET_1}"']],
    ["a shell of its own", '[CMD, sh, -c, "redis-cli -a HealthPw1"]', ["sh", "-c", "redis-cli -a ${COMMAND_SECRET_1}"]],
  ])("%s reads them from the environment", (_, test, command) => {
    const result = convertText(app(`healthcheck: { test: ${test} }`));
    expect(probe(result)).toEqual(command);
    expect(secretOf(result, "app-secret")).toEqual({ COMMAND_SECRET_1: "HealthPw1" });
    expect(result.losses).toEqual([]);
  });

  it.each([
    ["mysql:8", '[CMD, mysqladmin, ping, -uroot, "-p${PW_TOKEN}"]', 'exec mysqladmin ping -uroot "-p${PW_TOKEN}"'],
    [
      `r.example.com:5000/redis@sha256:${"0a".repeat(32)}`,
      "[CMD, redis-cli, -a, HealthPw1]",
      'exec redis-cli -a "${COMMAND_SECRET_1}"',
    ],
    [
      "mongo",
      `[CMD, mongosh, --password, "\${PW_TOKEN}", --eval, "db.a('b $$c \\\"d\\\" \`e\`').ok"]`,
      `exec mongosh --password "\${PW_TOKEN}" --eval "db.a('b \\$c \\"d\\" \\\`e\\\`').ok"`,
    ],
  ])("a list in the image of a database %s, which has a shell, does so too", (image, test, script) => {
    const text = app(`healthcheck: { test: ${test} }`).replace("app:1", image);
    const result = convertText(text, { environment: { PW_TOKEN: `Health"Pw$1` } });
    expect(probe(result)).toEqual(["/bin/sh", "-c", script]);
    expect(result.losses).toEqual([]);
  });

  it.each(["cgr.dev/chainguard/redis", "redis-exporter", "my/app"])("the image %s may have no shell", (image) => {
    const text = app("healthcheck: { test: [CMD, redis-cli, -a, HealthPw1] }").replace("app:1", image);
    expect(probe(convertText(text))).toEqual(["redis-cli", "-a", "HealthPw1"]);
  });

  it.each([
    ["no shell", "[CMD, redis-cli, -a, HealthPw1, ping]"],
    ["single quotes", `"redis-cli -a 'HealthPw1' ping"`],
    ["a value with spaces and no shell", '[CMD, redis-cli, -a, "HealthPw1 x"]'],
    ["another command behind it", "redis-cli -a HealthPw1;echo done"],
    ["signs that a shell changes", '"redis-cli -a Health\\\\Pw1 ping"'],
    ["a variable of the file", '[CMD, redis-cli, -a, "${PW_TOKEN}"]'],
  ])("%s: it stays, and is listed as a loss with its fix", (_, test) => {
    const result = convertText(app(`healthcheck: { test: ${test} }`), { environment: { PW_TOKEN: "HealthPw1" } });
    expect(probe(result).join(" ")).toMatch(/Health\\?Pw1/);
    expect(result.losses).toEqual([
      {
        service: "app",
        key: "healthcheck.test",
        value: "",
        effect: "a secret in it can be read in the manifest",
        advice: "set it in `environment` and write $$NAME, in a shell and without single quotes",
      },
    ]);
  });

  it("E24: an unused health check is not a loss", () => {
    const text = app("healthcheck: { test: [CMD, redis-cli, -a, HealthPw1] }\nx-nexus: { health_check_path: null }");
    expect(convertText(text).losses).toEqual([]);
  });

  it("hooks are like probes, and their own variables are listed", () => {
    const hooks = (hook: string) => convertText(app(`post_start: [${hook}]`), { environment: { A_TOKEN: "HookPw12" } });
    const inShell = hooks('{ command: "warm --token ${A_TOKEN}" }');
    expect(containerOf(inShell, "app").lifecycle).toEqual({
      postStart: { exec: { command: ["/bin/sh", "-c", "warm --token ${A_TOKEN}"] } },
    });
    expect(secretOf(inShell, "app-secret")).toEqual({ A_TOKEN: "HookPw12" });
    expect(inShell.losses).toEqual([]);
    const plain = hooks('{ command: [warm, --token, "${A_TOKEN}"], environment: { B_TOKEN: x } }');
    expect(JSON.stringify(containerOf(plain, "app").lifecycle)).toContain("warm --token HookPw12");
    expect(plain.losses.map(({ key }) => key)).toEqual(["post_start.command", "post_start.environment"]);
  });
});
