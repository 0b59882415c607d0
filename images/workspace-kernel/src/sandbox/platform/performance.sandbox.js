// The clock (https://w3c.github.io/hr-time). It begins when the workspace reads it for the first time.
(function (platform) {
  "use strict";
  const { finish } = platform.use("classes");
  const { EventTarget } = platform.use("events");

  const SECRET = Symbol("constructed by the host");
  const origin = platform.ask("now").value;
  let last = 0;

  class Performance extends EventTarget {
    constructor(secret) {
      if (secret !== SECRET) throw new TypeError("Illegal constructor");
      super();
    }
    now() {
      // Another pod may have another clock.
      last = Math.max(last, platform.ask("now").value - origin);
      return Math.round(last * 10) / 10;
    }
    get timeOrigin() {
      return origin;
    }
    toJSON() {
      return { timeOrigin: this.timeOrigin };
    }
  }
  finish(Performance, ["now", "timeOrigin", "toJSON"]);

  return { performance: new Performance(SECRET), Performance };
});
