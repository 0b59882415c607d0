import { describeFailure, toApiError } from "../src/api/problem";

const problem = (status: number, body: string | object, headers: Record<string, string> = {}) =>
  toApiError(new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers }));

test("field errors of a problem are found by the field's name, the first one first", async () => {
  const errors = [
    { field: "body.email", message: "give an email address" },
    { field: "email", message: "give another" },
    { field: "/password", message: "give at least 12 characters" },
  ];
  const error = await problem(400, { code: "validation_failed", title: "The request is not valid", errors });
  expect(error.fields).toEqual({ email: "Give an email address", password: "Give at least 12 characters" });
  expect(describeFailure(error)).toBe("Give an email address. Give another. Give at least 12 characters.");
});

test("an answer that is no problem document still has words and a code", async () => {
  expect(await problem(502, "<html>Bad Gateway</html>")).toMatchObject({
    code: "unexpected_answer",
    message: "The server answered with status 502",
  });
});

test.each([
  [429, { title: "Too many attempts" }, "30", "Too many attempts. Try again in 30 s."],
  [503, { detail: "The database cannot be reached" }, "2", "The database cannot be reached. Try again in 2 s."],
  [503, { detail: "The service is not ready" }, "", "The service is not ready. Try again in a moment."],
  [502, { detail: "It may be starting. Try again soon." }, "", "It may be starting. Try again soon."],
  [409, { title: "The workspace was stopped; resume it first" }, "", "The workspace was stopped; resume it first."],
  [504, "<html>", "", "The server answered with status 504. Try again in a moment."],
])("a failure with status %i is a sentence that says what to do", async (status, body, retryAfter, sentence) => {
  const error = await problem(status, body, retryAfter === "" ? {} : { "retry-after": retryAfter });
  expect(describeFailure(error)).toBe(sentence);
  expect(error.isRefusal).toBe(status < 499);
});

test.each([
  ["a limit of the plan", { code: "limit_reached", limit: 3, usage: 3, plan: "free" }, true],
  ["the running time of the plan", { code: "rate_limited", limit: 3600, usage: 3600, plan: "free" }, true],
  ["a limit of every workspace", { code: "limit_reached", limit: 20, usage: 20 }, false],
  ["the AI budget of every tenant", { code: "budget_exhausted", limitTokens: 100 }, false],
])("a larger plan is only offered where it helps: %s", async (_what, body, helps) => {
  expect((await problem(409, body)).isLimit).toBe(helps);
});
