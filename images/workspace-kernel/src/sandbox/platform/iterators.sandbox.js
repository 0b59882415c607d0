// Iterators over lists that may change meanwhile (https://webidl.spec.whatwg.org/#es-iterable).
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

  return { make };
});
