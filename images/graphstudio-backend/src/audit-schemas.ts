import { z } from "zod";
import { email, storableText } from "./schemas";

const seq = z.coerce.number().int().max(Number.MAX_SAFE_INTEGER);
const outcome = z.enum(["done", "denied", "failed"]);
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

export const exportQuery = z.object({
  after: seq.min(0).default(0).describe("`seq` of the last row that you have"),
});

export const rowsQuery = z.object({
  before: seq.min(1).optional().describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  actor: z.union([z.uuid().toLowerCase(), email]).optional().describe("Only what this person did, by id or address"),
  act: storableText(300).optional(),
  outcome: outcome.optional(),
  from: time.optional(),
  to: time.optional().describe("Before this time"),
});

/** A row, read from its line. If somebody changed the line, fields that cannot be read are null. */
const row = z.object({
  act: z.string().nullable().catch(null).describe("Null where the row cannot be read"),
  outcome: outcome.nullable().catch(null),
  actor: z.string().nullable().catch(null),
  address: z.string().nullable().catch(null),
  userAgent: z.string().nullable().catch(null),
  target: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).catch({}),
});

export function readRow(line: string): z.output<typeof row> {
  try {
    return row.parse(JSON.parse(line));
  } catch {
    return row.parse({});
  }
}

export const rowPage = z.object({
  items: z.array(row.extend({ seq: z.int(), at: z.date() })),
  people: z.record(z.string(), z.string()).describe("Addresses of the people whom the rows name, by their ids"),
  next: z
    .int()
    .nullable()
    .describe(
      "Where the next page begins; null on the last one. A page may be short and have a next one: a request searches 10,000 rows",
    ),
});

export const verdict = z.object({
  rows: z.int(),
  head: z.object({ seq: z.int(), hash: z.string() }),
  problem: z.string().nullable().describe("What is wrong with the first row that is; null where nothing is"),
});
