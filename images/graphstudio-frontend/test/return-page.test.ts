import { rememberPage, takePage } from "../src/return-page";

const ORIGIN = "https://studio.example.com";
const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  const sessionStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  Object.assign(globalThis, { window: { sessionStorage, location: new URL(ORIGIN) } });
});
afterAll(() => Reflect.deleteProperty(globalThis, "window"));

function cameBackTo(page: string): string {
  kept.set("nexus:return", page);
  return takePage();
}

test("who comes back from an identity provider is on the page that they left, once", () => {
  window.location.href = `${ORIGIN}/join#token`;
  rememberPage();
  expect([takePage(), takePage()]).toEqual(["/join#token", "/workspaces"]);
});

test.each([
  "//evil.example.com",
  "///evil.example.com",
  "/\\evil.example.com",
  "\\\\evil.example.com",
  "/\t/evil.example.com",
  "/\n/evil.example.com",
  "/\r\\evil.example.com",
  " //evil.example.com",
  "https://evil.example.com/",
  "https:\\\\evil.example.com",
  "http:evil.example.com",
  "https://studio.example.com@evil.example.com/",
  "https://studio.example.com:444/",
  "http://studio.example.com/",
  "javascript:alert(1)",
  "data:text/html,x",
  "blob:https://evil.example.com/1",
  "http://[",
])("a page of another site is not gone to: %j", (page) => {
  expect(cameBackTo(page)).toBe("/workspaces");
});

test.each([
  "/%2f%2fevil.example.com",
  "/%5cevil.example.com",
  "/%09/evil.example.com",
  "https:evil.example.com",
  "/.//evil.example.com",
  "/@evil.example.com",
  "evil.example.com",
  "",
])("a text that only looks like another site stays here, as the browser reads it: %j", (page) => {
  expect(new URL(cameBackTo(page), ORIGIN).origin).toBe(ORIGIN);
});
