import { redacted, secretValues } from "../../../components/compose/redact";
import { isSecretName } from "../../../components/compose/secrets";
import { convertText } from "./support";

/** Everything that `convert` would print of a project. */
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

test("commands without secrets are printed as they are", () => {
  const text = printed(`services:\n  app:\n    image: app:1\n    command: [sh, -c, "ls  -a /data && echo done"]\n`);
  expect(text).toContain("ls  -a /data && echo done");
  expect(text).not.toContain("REDACTED");
});

test("E7: short names of passwords are secret, the working directory is not", () => {
  expect(["LOGIN_PWD", "pw", "DB_PW", "GITHUB_PAT", "COOKIE"].every(isSecretName)).toBe(true);
  expect(["PATH", "COOKIE_NAME", "FORMAT"].some(isSecretName)).toBe(false);
  expect(["PWD", "OLDPWD", "PWM_PIN"].map(isSecretName)).toEqual([false, false, false]);
});
