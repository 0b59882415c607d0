import { redacted, secretValues } from "../src/redact";
import { isSecretName } from "../src/secret-names";
import { convertText } from "./support";

/** Everything that `convert` would print for a project. */
function printed(text: string): string {
  const { objects } = convertText(text);
  return JSON.stringify(objects.map((object) => redacted(object, secretValues(objects))));
}

const token = "sk-proj-abcdefghijklmnop1234";

test.each([
  ["a token in a script", `command: [sh, -c, "curl -H 'Authorization: Bearer ${token}' http://host/"]`, token],
  ["a password in a URL", `command: [sh, -c, "curl http://u:hunter2pw@host/"]`, "hunter2pw"],
  ["the word after a flag", `entrypoint: [redis-server, --requirepass, ArgPw456]`, "ArgPw456"],
  ["a health check", `healthcheck: { test: [CMD, redis-cli, -a, HealthPw123, ping] }`, "HealthPw123"],
  ["a health check in a shell", `healthcheck: { test: "redis-cli -a HealthPw123 ping" }`, "HealthPw123"],
  [
    "a value of another variable",
    `healthcheck: { test: [CMD, check, hay-stack-1] }\n    environment: { A_KEY: hay-stack-1 }`,
    "hay-stack-1",
  ],
])("E21 X14: %s is not printed", (_name, line, secret) => {
  const text = printed(`services:\n  app:\n    image: app:1\n    ${line}\n`);
  expect(text).not.toContain(secret);
  expect(text).toContain("REDACTED");
});

test.each([
  ["a flag", `[sh, -c, "echo $$HOME && exec server --token=abcd1234secret"]`, "--token=$(COMMAND_SECRET_1)"],
  ["curl's user", `[sh, -c, "curl -u admin:Secr3tPw9 http://x"]`, "curl -u admin:$(COMMAND_SECRET_1) http://x"],
  ["curl's user in a list", "[curl, -u, 'admin:Secr3tPw9']", "admin:$(COMMAND_SECRET_1)"],
  ["a URL", "[run, 'x-postgres://u:hunter2pw@db/x']", "$(COMMAND_SECRET_1)"],
  ["quotes", `[sh, -c, "run --password 'a b' -x"]`, "run --password '$(COMMAND_SECRET_1)' -x"],
])("E21: a placeholder of a secret is printed unchanged: %s", (_name, command, shown) => {
  const text = printed(`services:\n  app:\n    image: app:1\n    command: ${command}\n`);
  expect(text).toContain(`${shown.slice(-1) === "x" ? shown : `${shown}"`}`);
  expect(text).not.toMatch(/REDACTED\)|[^"]REDACTED|REDACTED[^"]/);
});

test("a reference next to a secret stays, and the secret goes", () => {
  const pod = { containers: [{ args: [`$(NAME)--x=${token}$(OTHER)`, `--password=$(A)b`] }] };
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: pod };
  const text = JSON.stringify(redacted(object));
  expect(text).not.toContain(token);
  expect(text).toMatch(/\$\(NAME\).*\$\(OTHER\).*--password=\$\(A\)b/);
});

test("X14: labels and annotations with the key of a secret are not printed, those of Kubernetes are", () => {
  const annotations = {
    "example.com/auth-token": "abcdef",
    "checksum/secrets": "abc",
    "a.kubernetes.io/auth-secret": "b",
  };
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", labels: { "app-secret": "x" }, annotations } };
  expect(redacted(object).metadata).toEqual({
    name: "a",
    labels: { "app-secret": "REDACTED" },
    annotations: { ...annotations, "example.com/auth-token": "REDACTED" },
  });
});

test("commands without secrets are printed as they are", () => {
  const text = printed(`services:\n  app:\n    image: app:1\n    command: [sh, -c, "ls  -a /data && echo done"]\n`);
  expect(text).toContain("ls  -a /data && echo done");
  expect(text).not.toContain("REDACTED");
});

test("E7: short names of passwords are secret, the working directory is not", () => {
  expect(["LOGIN_PWD", "pw", "DB_PW", "GITHUB_PAT", "COOKIE"].every(isSecretName)).toBe(true);
  expect(["PATH", "COOKIE_NAME", "FORMAT"].some(isSecretName)).toBe(false);
  expect(["db-password", "app.auth-token", "X-Api-Key"].every(isSecretName)).toBe(true);
  expect(["token-ttl", "app.secret.path", "x-public"].some(isSecretName)).toBe(false);
  expect(["PWD", "OLDPWD", "PWM_PIN"].map(isSecretName)).toEqual([false, false, false]);
});
