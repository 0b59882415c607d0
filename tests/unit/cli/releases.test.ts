import { schemaMigrations } from "@nexus/contract";
import { parse } from "yaml";
import { releaseRows } from "../../../cli/commands/releases";
import { rolledBack } from "../../../cli/commands/rollback";
import { releaseOf, schemaProblems } from "../../../cli/stack-releases";
import type { Release } from "../../../components/releases/release";

const release = (number: number, change: Partial<Release> = {}): Release => ({
  number,
  at: "2030-01-31T12:00:00.000Z",
  by: "ada",
  commit: "c0ffee0123456789",
  rollbackTo: null,
  configuration: { "nexus:topology": "full", "nexus:kernel": '{"replicas":2}', "nexus:cluster": '{"kind":"local"}' },
  secretKeys: ["nexus:openaiApiKey"],
  secrets: { OPENAI_API_KEY: "0123456789ab" },
  images: { "workspace-kernel": "registry.invalid/kernel@sha256:aa" },
  schema: { "workspace-kernel": "0007_drills" },
  ...change,
});

describe("F7: the configuration of a rollback", () => {
  const now = `
encryptionsalt: v1:salt
config:
  nexus:cluster: { kind: context, context: here }
  nexus:images: { builder: buildkit, registry: registry.example.com }
  nexus:openaiApiKey: { secure: of-today }
  nexus:mailPassword: { secure: added-since }
  nexus:kernel: { replicas: 5 }
  nexus:secrets: { rotation: 3 }
  nexus:logLevel: debug
`;

  it("has the settings and images of the release, today's secrets and rotation, and the cluster where the stack is", () => {
    const { "nexus:images": images, ...rest } = (
      parse(
        rolledBack(
          now,
          release(1, {
            configuration: {
              "nexus:kernel": '{"replicas":2}',
              "nexus:images": '{"builder":"docker","registry":"then.example.com"}',
              "nexus:cluster": "{}",
              "nexus:secrets": '{"rotation":2}',
            },
          }),
        ),
      ) as {
        config: Record<string, unknown>;
      }
    ).config;
    expect(rest).toEqual({
      "nexus:kernel": { replicas: 2 },
      "nexus:cluster": { kind: "context", context: "here" },
      "nexus:secrets": { rotation: 3 },
      "nexus:openaiApiKey": { secure: "of-today" },
      "nexus:mailPassword": { secure: "added-since" },
    });
    expect(images).toEqual({
      builder: "prebuilt",
      registry: "then.example.com",
      references: { "workspace-kernel": "registry.invalid/kernel@sha256:aa" },
    });
    expect(parse(rolledBack(now, release(1)))).toMatchObject({ encryptionsalt: "v1:salt" });
  });

  it("is refused if a secret is gone, because a release has only its hash", () => {
    const lacking = release(3, { secretKeys: ["nexus:openaiApiKey", "nexus:billingSecret"] });
    expect(() => rolledBack(now, lacking)).toThrow(
      "Release 3 had secrets that the stack no longer has. Nothing was changed:\n" +
        "  nexus:billingSecret: a release keeps only its hash. Fix: pulumi config set --secret nexus:billingSecret <value>",
    );
  });
});

describe("F7: a rollback across migrations", () => {
  const migrations = schemaMigrations as Record<string, readonly string[]>;
  const known = migrations["workspace-kernel"] ?? [];
  afterEach(() => {
    migrations["workspace-kernel"] = known;
  });
  const at = (number: number, migration: string) => release(number, { schema: { "workspace-kernel": migration } });

  it("is allowed while they only added things", () => {
    migrations["workspace-kernel"] = ["0001_a", "0002_b", "0003_c"];
    const [one, two, three] = [at(1, "0001_a"), at(2, "0003_c"), at(3, "0003_c")];
    expect(schemaProblems([one, two, three], one)).toEqual([]);
    expect(schemaProblems([one, two, three], two)).toEqual([]);
  });

  it("is refused if one of them took something away, with what to do, also after another rollback", () => {
    migrations["workspace-kernel"] = ["0001_a", "0002_drop_contract", "0003_c"];
    const all = [at(1, "0001_a"), at(2, "0003_c"), at(3, "0002_drop_contract")];
    expect(schemaProblems(all, at(1, "0001_a"))).toEqual([
      "workspace-kernel: the migration 0002_drop_contract took away what release 1 needs, and cannot be undone. " +
        "Fix: go forward with a new release, or restore a backup from before it (npm run backups, npm run restore).",
    ]);
    expect(schemaProblems(all, at(2, "0003_c"))).toEqual([]);
  });

  it("is refused if this checkout does not know a migration that was applied", () => {
    migrations["workspace-kernel"] = ["0001_a"];
    expect(schemaProblems([at(1, "0001_a"), at(2, "0009_new")], at(1, "0001_a"))).toEqual([
      "workspace-kernel: release 2 applied 0009_new, which this checkout does not know. Fix: check out the commit of that release.",
    ]);
  });
});

test("F7: releases are listed newest first, with what each changed", () => {
  const second = release(2, { configuration: { "nexus:topology": "mono" }, secrets: {} });
  const rows = releaseRows([release(1), second, release(3, { rollbackTo: 1, commit: null })]);
  expect(rows.map(([number, , time, by, commit, changed]) => [number, time, by, commit, changed])).toEqual([
    ["RELEASE", "TIME", "BY", "COMMIT", "CHANGED"],
    [
      "3",
      "2030-01-31T12:00:00.000Z",
      "ada",
      "",
      "rollback to 1; configuration: nexus:cluster, nexus:kernel, nexus:topology; secrets: OPENAI_API_KEY",
    ],
    [
      "2",
      "2030-01-31T12:00:00.000Z",
      "ada",
      "c0ffee0",
      "configuration: nexus:cluster, nexus:kernel, nexus:topology; secrets: OPENAI_API_KEY",
    ],
    ["1", "2030-01-31T12:00:00.000Z", "ada", "c0ffee0", "the first one recorded"],
  ]);
});

test("F7: a release that is not recorded is refused with those that are", () => {
  expect(releaseOf([release(4), release(5)], 4).number).toBe(4);
  expect(() => releaseOf([release(4), release(5)], 3)).toThrow(
    "There is no release 3.\n  The recorded ones are 4 to 5. Fix: npm run releases lists them.",
  );
  expect(() => releaseOf([], 1)).toThrow("None is recorded yet. Fix: npm run up records one.");
});
