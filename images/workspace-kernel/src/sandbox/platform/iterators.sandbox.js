// Lists of pairs: iterators over those that may change meanwhile (https://webidl.spec.whatwg.org/#es-iterable), and
// pairs that code gives.
(function () {
  "use strict";

  /** `listOf` gives the present list of an object. The result makes an iterator of an object and a view of its items. */
  function make(name, listOf) {
    const states = new WeakMap();
    const prototype = Object.create(Iterator.prototype, {
      next: {
        value: function next() {
          const state = states.get(this);
          if (state === undefined) throw new TypeError("Illegal invocation");
          const list = listOf(state.target);
          if (state.index >= list.length) return { value: undefined, done: true };
          const item = list[state.index];
          state.index += 1;
          return { value: state.view(item), done: false };
        },
        writable: true,
        enumerable: true,
        configurable: true,
      },
      [Symbol.toStringTag]: { value: `${name} Iterator`, configurable: true },
    });
    return (target, view) => {
      listOf(target);
      const iterator = Object.create(prototype);
      states.set(iterator, { target, view, index: 0 });
      return iterator;
    };
  }

  /** Pairs of texts, given as a list of pairs or as an object. */
  function pairsOf(init, textOf) {
    if (init === null || (typeof init !== "object" && typeof init !== "function"))
      throw new TypeError("give pairs, or an object with texts");
    const pairs = [];
    const iterate = init[Symbol.iterator];
    if (iterate === undefined || iterate === null) {
      for (const key of Reflect.ownKeys(init)) {
        if (!Reflect.getOwnPropertyDescriptor(init, key)?.enumerable) continue;
        if (typeof key === "symbol") throw new TypeError("names must be texts");
        const name = textOf(key);
        const value = textOf(init[key]);
        const known = pairs.find((pair) => pair[0] === name);
        if (known) known[1] = value;
        else pairs.push([name, value]);
      }
      return pairs;
    }
    if (typeof iterate !== "function") throw new TypeError("the pairs are not iterable");
    for (const pair of { [Symbol.iterator]: () => Reflect.apply(iterate, init, []) }) {
      if (pair === null || (typeof pair !== "object" && typeof pair !== "function"))
        throw new TypeError("each pair must be a list");
      const parts = [...pair];
      if (parts.length !== 2) throw new TypeError("each pair must have a name and a value");
      pairs.push([textOf(parts[0]), textOf(parts[1])]);
    }
    return pairs;
  }

  const firstOf = (list, name) => list.find((pair) => pair[0] === name)?.[1] ?? null;
  const allOf = (list, name) => list.filter((pair) => pair[0] === name).map((pair) => pair[1]);

  /** The list with this pair in place of all pairs of its name. */
  function replaced(list, pair) {
    const first = list.findIndex((one) => one[0] === pair[0]);
    if (first < 0) return [...list, pair];
    return list.flatMap((one, index) => (index === first ? [pair] : one[0] === pair[0] ? [] : [one]));
  }

  /** Calls back with each pair that `listOf` gives, which may change meanwhile. */
  function forEach(target, listOf, callback, self) {
    if (typeof callback !== "function") throw new TypeError("forEach: give a function");
    for (let index = 0; index < listOf(target).length; index += 1)
      Reflect.apply(callback, self, [listOf(target)[index][1], listOf(target)[index][0], target]);
  }

  return { make, pairsOf, firstOf, allOf, replaced, forEach };
});
