import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PRELUDE = join(__dirname, "../src/sandbox/prelude");

/** Names that the prelude writes: what an object might inherit of them must not matter. A `toJSON` is the language's own. */
export const preludeNames = [
  ...new Set(
    readdirSync(PRELUDE)
      .filter((file) => file.endsWith(".sandbox.js"))
      .flatMap((file) => readFileSync(join(PRELUDE, file), "utf8").match(/[A-Za-z_$][\w$]*/g) ?? [])
      .concat("0", "1", "2", "then", "get", "set", "writable", "enumerable", "configurable"),
  ),
].filter((name) => name !== "toJSON" && name !== "__proto__");

/** Built-ins that the prelude takes, by the last part of their names. */
export const takenNames = [
  ...new Set(readFileSync(join(PRELUDE, "primordials.sandbox.js"), "utf8").match(/(?<=\.|\{ |, )[a-z]\w+/gi)),
];

/** Finds whatever can be replaced, and replaces it: `harness.slots`, and `harness.swap(kind, ...indexes)`, which restores first. */
export const HARNESS = `
var harness = (() => {
  const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
  const ours = ["console", "log", "state", "view", "emit", "ext", "ai", "harness", "probe", "globalThis"];
  const seen = new Set();
  const slots = [];
  const visit = (object, path) => {
    if ((typeof object !== "object" && typeof object !== "function") || object === null || seen.has(object)) return;
    seen.add(object);
    for (const key of ownKeys(object)) {
      if (object === globalThis && ours.includes(key)) continue;
      const property = getOwnPropertyDescriptor(object, key);
      const name = path + "." + String(key);
      // What a function says of itself.
      if (typeof object === "function" && (key === "name" || key === "length") && object !== Function.prototype) continue;
      if (property.configurable || property.writable) slots.push({ __proto__: null, object, key, property, name });
      if ("value" in property) visit(property.value, name);
    }
    visit(getPrototypeOf(object), path + ".__proto__");
  };
  visit(globalThis, "globalThis");
  const literals = [[].values(), new Map().values(), new Set().values(), ""[Symbol.iterator](), "a".matchAll(/a/g),
    (function* () {})(), (async function* () {})(), async () => {}, function* () {}, async function* () {}];
  literals.forEach((literal, index) => visit(getPrototypeOf(literal), "literal" + index));
  for (const name of ${JSON.stringify(preludeNames)})
    for (const object of [Object.prototype, Array.prototype])
      if (!getOwnPropertyDescriptor(object, name))
        slots.push({ __proto__: null, object, key: name, property: undefined, name: (object === Array.prototype ? "array" : "object") + " inherits " + name });
  const Failure = Error;
  const evils = [() => { throw new Failure("evil") }, function evil() { return evil }];
  const put = ({ object, key, property }, evil) => {
    if (!property) defineProperty(object, key, { __proto__: null, get: evil, set: evil, configurable: true });
    else if (!("value" in property)) defineProperty(object, key, { __proto__: null, get: evil, set: evil });
    else defineProperty(object, key, { __proto__: null, value: evil });
  };
  const restore = ({ object, key, property }) => {
    if (property) defineProperty(object, key, property);
    else deleteProperty(object, key);
  };
  for (const slot of slots) if (slot.property) Object.setPrototypeOf(slot.property, null);
  let one, other;
  return { __proto__: null, names: slots.map(({ name }) => name), swap: (kind, first, second) => {
    if (other) restore(other);
    if (one) restore(one);
    one = slots[first];
    other = second === undefined ? undefined : slots[second];
    if (one) put(one, evils[kind]);
    if (other) put(other, evils[kind]);
  } };
})();
var probe = ((values) => () => {
  const out = { __proto__: null };
  state.set("key", { __proto__: null, a: 1 });
  out.state = state.get("key").a;
  out.deleted = state.delete("none");
  out.keys = state.keys()[0];
  view.set("panel", { __proto__: null, a: 1 });
  view.update("panel", { __proto__: null, b: 2 });
  out.view = view.get("panel").b;
  view.set("gone", 1);
  out.removed = view.remove("gone");
  emit("event", { __proto__: null, a: "text" });
  try { state.set("", 1) } catch (error) { out.refused = error.message; out.name = error.name }
  for (let index = 0; index < values.length; index += 1) console.log(values[index]);
  console.log("%s is %d", "one", 1, values.object);
  console.error("wrong");
  console.table(values.object);
  console.group("group");
  console.dir(values.object);
  console.groupEnd();
  console.count("counted");
  console.assert(false, "asserted");
  console.time("timed");
  console.timeEnd("none");
  log("logged", 1n);
  out.list = [1, { a: "text", b: [null, true] }];
  return out;
})({ __proto__: null, length: 11, object: { a: { b: [1] } }, 0: [1, "two", [3]], 1: new Map([["k", { v: 1 }]]), 2: new Set([1]),
  3: new Date(0), 4: /x/gi, 5: new Uint8Array(2), 6: { text: "a", "not one": null }, 7: Symbol("s"), 8: Promise.resolve(1),
  9: class Named {}, 10: -0 });
harness.names`;

/** Each calls every function of the host, and ends with a value of the language's own or with an error. */
export const PROBES = {
  cell: "const out = probe(); out.http = (await ext.http('https://example.com/')).status; out.ai = (await ai.chat('Hi')).status; out",
  handler: "const out = probe(); if (input.a === 1) throw 'thrown'",
};
