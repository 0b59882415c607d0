import { fixesOf, leftOver, mistakes, uncured } from "../../support/wrong-values";

const all = mistakes(1);

test("the command of a message solves the problem, for every key and every mistake", () => {
  expect(all.flatMap(({ config }) => uncured(config))).toEqual([]);
});

test("all commands together lead to a configuration without problems", () => {
  expect(all.flatMap(({ config }) => leftOver(config))).toEqual([]);
});

test("A41: no message shows a password, whatever key it was put under", () => {
  const lines = all.flatMap(({ config }) => fixesOf(config)).map(({ line }) => line);
  expect(lines.filter((line) => line.includes("hunter2"))).toEqual([]);
});
