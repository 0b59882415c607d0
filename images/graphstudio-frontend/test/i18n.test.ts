import { type z } from "zod";
import { errorTable, nameText } from "@nexus/service";
import { ApiError, describeFailure, networkError, sessionEnded, toApiError } from "../src/api/problem";
import { formatAge, formatBytes, formatDuration } from "../src/format";
import { i18n } from "../src/i18n";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";
import { languageOf } from "../src/i18n/language";
import { suspensionBody } from "../../graphstudio-backend/src/platform-schemas";
import { codeBody, email, signUpBody, tenantName } from "../../graphstudio-backend/src/schemas";
import { tokenBody } from "../../graphstudio-backend/src/tenant-schemas";
import { executeBody, MAX_CODE_BYTES } from "../../workspace-kernel/src/schemas";

/** Texts that are the same in both languages: units, names of types, and what Kubernetes calls a pod. */
const SAME = new Set(["auth.demoType", "workspace.pod"]);

/** All texts of a catalogue, by their paths. */
function texts(catalogue: object, path = ""): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "string" ? [[path + key, value]] : texts(value as object, `${path}${key}.`),
  );
}

const english = new Map(texts(en));
const chinese = new Map(texts(zh).filter(([path]) => !path.startsWith("services.")));
/** The values and the tags that a text is filled with. */
const slots = (text = "") => [...text.matchAll(/\{\{.*?\}\}|<.*?>/g)].map(([slot]) => slot).sort();

afterEach(() => i18n.changeLanguage("en"));

test("English and Chinese have the same keys, and the same values and elements in each text", () => {
  const singular = [...english.keys()].filter((path) => path.endsWith("_one"));
  expect([...chinese.keys(), ...singular].sort()).toEqual([...english.keys()].sort());
  for (const [path, text] of chinese) expect([path, slots(text)]).toEqual([path, slots(english.get(path))]);
  for (const path of singular)
    expect(slots(english.get(path))).toEqual(slots(english.get(path.replace(/one$/, "other"))));
});

test("no text is missing in a language, and none is left in English", () => {
  for (const [path, text] of [...english, ...chinese]) expect([path, text.trim()]).not.toEqual([path, ""]);
  const wordless = /^[^a-z]*$/i;
  const left = [...chinese].filter(([path, text]) => text === english.get(path) && !wordless.test(text));
  expect(new Set(left.map(([path]) => path))).toEqual(SAME);
  const plain = (text: string) => text.replace(/\{\{.*?\}\}|<.*?>/g, "");
  const foreign = [...chinese].filter(([, text]) => !/\p{Script=Han}/u.test(plain(text)) && /[a-z]/i.test(plain(text)));
  expect(new Set(foreign.map(([path]) => path))).toEqual(SAME);
  expect([...english].filter(([, text]) => /\p{Script=Han}/u.test(text))).toEqual([]);
});

test.each([
  [["zh-CN", "en"], "zh"],
  [["ZH-hant-TW"], "zh"],
  [["en-GB", "zh"], "en"],
  [["de", "zh"], "zh"],
  [["de-DE"], "en"],
  [["zha", "toString", "constructor"], "en"],
  [[], "en"],
])("a browser that wants %j gets %s", (wanted, language) => {
  expect(languageOf(wanted)).toBe(language);
});

test("numbers, durations and ages are written in the chosen language", async () => {
  const now = Date.parse("2026-05-04T12:00:00Z");
  const all = () => [
    formatBytes(1536),
    formatDuration(2345.6),
    formatAge("2026-05-04T12:00:05Z", now),
    formatAge("2026-05-04T11:57:00Z", now),
    formatAge("2026-05-03T11:00:00Z", now),
  ];
  expect(all()).toEqual(["1.5 KiB", "2.3 s", "just now", "3 minutes ago", "yesterday"]);
  await i18n.changeLanguage("zh");
  expect(all()).toEqual(["1.5 KiB", "2.3 s", "刚刚", "3分钟前", "昨天"]);
});

test("each error of the services, and each refusal of a form, has a Chinese text", () => {
  expect(Object.keys(errorTable).filter((code) => !(code in zh.services))).toEqual([]);
  const wrong: [z.ZodType, unknown][] = [
    [tenantName, " "],
    [tenantName, "\u200b"],
    [tenantName, "a\u0007b"],
    [tenantName, "a\u202eb"],
    [tenantName, "x".repeat(101)],
    [nameText(100), "x".repeat(101)],
    [suspensionBody.shape.reason, "x".repeat(501)],
    [codeBody.shape.code, "12345"],
    [tokenBody.shape.token, "cut"],
    [executeBody.shape.code, "x".repeat(MAX_CODE_BYTES + 1)],
    [email, "ada@"],
    [email, `${"x".repeat(255)}@example.com`],
    [signUpBody.shape.password, "short"],
    [signUpBody.shape.password, "x".repeat(257)],
  ];
  for (const [schema, value] of wrong) {
    const message = schema.safeParse(value).error?.issues[0]?.message;
    expect([message, zh.services[String(message)]]).toEqual([message, expect.stringMatching(/\p{Script=Han}/u)]);
  }
});

describe("what a service refused", () => {
  const refused = (status: number, body: object, headers = {}) =>
    toApiError(new Response(JSON.stringify(body), { status, headers }));
  const title = errorTable.limit_reached.title;
  const detail = "The plan free allows 3 workspaces and has 3; delete some";

  test.each([
    [
      409,
      { code: "last_owner", title: errorTable.last_owner.title },
      {},
      "租户必须有所有者，请先将另一位成员设为所有者。",
    ],
    [409, { code: "limit_reached", title, detail }, {}, "数量已达上限。"],
    [429, { code: "rate_limited", title: "Too many" }, { "retry-after": "30" }, "尝试次数过多。请在 30 秒后重试。"],
    [503, { code: "database_unavailable", title: "Away" }, {}, "无法连接数据库。请稍后重试。"],
    [418, { code: "teapot", title: "No coffee here" }, {}, "No coffee here。"],
    [400, { code: "constructor", title: "Odd" }, {}, "Odd。"],
    [400, { code: "a:b.c", title: "{{text}} $t(language)" }, {}, "{{text}} $t(language)。"],
    [502, "<html>", {}, "服务器返回状态 502。请稍后重试。"],
  ])("with %i %j is told in Chinese", async (status, body, headers, told) => {
    await i18n.changeLanguage("zh");
    expect(describeFailure(await refused(status, body as object, headers))).toBe(told);
  });

  test("is told in the language of the moment, beside its field too", async () => {
    const message = "choose a password that is harder to guess";
    const errors = [
      { field: "body.password", message },
      { field: "color", message: "give a colour" },
    ];
    const error = await refused(422, { code: "password_guessable", title: "T", errors });
    expect(error.fields).toEqual({ password: "Choose a password that is harder to guess", color: "Give a colour" });
    expect(describeFailure(sessionEnded())).toBe("Your session has ended. Log in again to go on.");
    await i18n.changeLanguage("zh");
    expect(error.fields).toEqual({ password: "请设置一个更难猜到的密码", color: "Give a colour" });
    expect(describeFailure(error)).toBe("请设置一个更难猜到的密码；Give a colour。");
    expect(describeFailure(sessionEnded())).toBe("会话已结束，请重新登录。");
    expect(describeFailure(networkError())).toBe("无法连接服务器，请检查网络连接后重试。");
    expect(describeFailure(new Error("x"))).toBe("Studio 出现错误，请重新加载页面后重试。");
    expect(error).toBeInstanceOf(ApiError);
  });
});
