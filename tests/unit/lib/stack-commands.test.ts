import { forStack } from "@nexus/host";

test.each([
  ["Fix: npm run up", "Fix: npm run up -- --stack staging"],
  ["Fix: npm run backups lists them.", "Fix: npm run backups -- --stack staging lists them."],
  ["npm run restore -- --from <id>", "npm run restore -- --stack staging --from <id>"],
  [
    "`npm run up`, (npm run logs), npm run status;",
    "`npm run up -- --stack staging`, (npm run logs -- --stack staging), npm run status -- --stack staging;",
  ],
  ["npm run up -- --stack other", "npm run up -- --stack other"],
  ["npm run platform-admin -- grant a@b.c", "npm run platform-admin -- --stack staging grant a@b.c"],
  [
    "npm run check, npm run clusters -- list, npm run up-to-date",
    "npm run check, npm run clusters -- list, npm run up-to-date",
  ],
  [
    "pulumi config rm 'a' && pulumi config set 'a' 1",
    "pulumi config rm --stack staging 'a' && pulumi config set --stack staging 'a' 1",
  ],
  ["pulumi config set --stack staging 'a' 1", "pulumi config set --stack staging 'a' 1"],
  ["pulumi config get a", "pulumi config get a"],
])("P5: a command for people names its stack: %s", (text, named) => {
  expect(forStack(text, "staging")).toBe(named);
  expect(forStack(named, "staging")).toBe(named);
  expect(forStack(text, "dev")).toBe(text);
});
