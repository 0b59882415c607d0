import { z } from "zod";
import { describeIssues } from "../src";

const issuesOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues ?? [];

test("an answer names the first wrong fields, however many a request holds", () => {
  const fields = describeIssues(issuesOf(z.array(z.string()), Array<number>(5000).fill(1)), "body");
  expect(fields.length).toBeLessThan(50);
  expect(fields[0]).toMatchObject({ field: "0" });
});

test("names and messages of wrong fields are cut", () => {
  const long = "x".repeat(100_000);
  const wrong = { [long]: { a: 1 }, [`${long}y`]: 1 };
  for (const schema of [z.record(z.string(), z.string()), z.strictObject({})])
    expect(JSON.stringify(describeIssues(issuesOf(schema, wrong), "body")).length).toBeLessThan(2000);
});

test("what is wrong as a whole has the name of the whole", () => {
  expect(describeIssues(issuesOf(z.object({}), 1), "body")).toMatchObject([{ field: "body" }]);
});
