import { execFileSync } from "node:child_process";
import { join } from "node:path";

// The linter loads its compiler in a way that Jest cannot. To read the types of the whole studio takes long, and only rules
// that this test is not about need them.
const LINT = `
  const { Linter } = require("eslint");
  const rules = [...require("./eslint.config.js"), require("typescript-eslint").configs.disableTypeChecked];
  const code = require("node:fs").readFileSync(0, "utf8");
  const found = new Linter().verify(code, rules, "images/graphstudio-frontend/src/screens/account.tsx");
  process.stdout.write(JSON.stringify(found));
`;

/** Lines of the code in which the linter finds a text outside the catalogues, as if it were a screen of the studio. */
function textsIn(code: string): number[] {
  const output = execFileSync(process.execPath, ["-e", LINT], { cwd: join(__dirname, "../.."), input: code });
  const messages = JSON.parse(output.toString()) as { ruleId: string | null; line: number }[];
  const found = messages.filter(({ ruleId }) => /no-literal-string|no-restricted-syntax/.test(ruleId ?? ""));
  return [...new Set(found.map(({ line }) => line))];
}

test("a text of the studio outside its catalogues does not pass the linter; names and code do", () => {
  const wrong = [
    "export const a = <p>Sessions</p>;",
    "export const b = <p>lower case</p>;",
    "export const c = <p>会话</p>;",
    'export const d = <p>{"Sessions"}</p>;',
    "export const e = <p>{`Sessions`}</p>;",
    'export const f = <button aria-label="Close" />;',
    "export const g = <button aria-label={`Close ${String(1)}`} />;",
    'export const h = <input placeholder="name" />;',
    'export const i = <span title="More" />;',
    'export const j = <Field name="x" label="Email" />;',
    'export const k = <Field name="x" label="x" hint="one word" />;',
    'export const l = (fine: boolean) => <p>{fine ? "Yes" : "No"}</p>;',
    'document.title = "Account";',
    "document.title = `Account ${String(1)}`;",
    'export const m = { email: "Enter your email address" };',
    'export const n = "nothing was found";',
    'export const o = "没有找到";',
    'export const p = <p aria-description="more" />;',
    'export const q = [1].map((n) => <div key={n} aria-roledescription={n > 1 ? "tab" : "slide"} />);',
    'export const r = <img src="/a.png" alt="chart" />;',
    'export const s = <path d="M10 21.4V10.6L22" aria-label={`line`} />;',
    'export const t = <option label="red" />;',
    'export const u = <button onClick={() => window.alert("It is done")} />;',
    "export const v = <><i>let</i> us</>;",
    'export const w = { title: "Sorry, nothing" };',
  ];
  const right = [
    'export const aa = <p className="one two">42 · 7 %</p>;',
    'export const bb = <p role="alert" data-testid="notice">{PRODUCT}</p>;',
    'export const cc = <input type="password" name="password" autoComplete="current-password" />;',
    "export const dd = (t: (key: string) => string) => <p title={t(`common:tenant`)}>{t('common:members')}</p>;",
    'export const ee = () => new Error("useSession is used outside SessionProvider");',
    "export const hh = <pre><i>let</i> n = 1</pre>;",
    "export const ii = (headers: Record<string, string>) => (headers.authorization = `Bearer ${headers.token}`);",
    'export const ff = window.matchMedia("(min-width: 1080px) and (min-height: 601px)");',
  ];
  expect(textsIn([...wrong, ...right].join("\n"))).toEqual(wrong.map((_, index) => index + 1));
});
