// Timers (https://html.spec.whatwg.org/#timers). They end with the execution that set them.
(function (platform) {
  "use strict";
  const { need } = platform.use("classes");

  /** Timers that are set, by their number in the workspace, with their present number at the host. */
  const timers = new Map();
  let last = 0;

  function start(name, given, callback, delay, values, repeats) {
    need(1, given, name);
    const run = typeof callback === "function" ? callback : String(callback);
    const ms = Math.max(0, Number(delay) | 0);
    last += 1;
    const timer = last;
    const wait = () => {
      const number = platform.wait(ms, false, () => {
        if (!repeats) timers.delete(timer);
        try {
          if (typeof run === "function") Reflect.apply(run, globalThis, values);
          else (0, eval)(run);
        } catch (error) {
          platform.report(error);
        }
        if (timers.has(timer)) wait();
      });
      if (number === 0) {
        timers.delete(timer);
        throw new RangeError(`${name}: too many timers wait`);
      }
      timers.set(timer, number);
    };
    wait();
    return timer;
  }

  function end(timer) {
    const number = timers.get(Number(timer));
    if (number === undefined) return;
    timers.delete(Number(timer));
    platform.endWait(number);
  }

  return {
    setTimeout: function setTimeout(callback, delay, ...values) {
      return start("setTimeout", arguments.length, callback, delay, values, false);
    },
    setInterval: function setInterval(callback, delay, ...values) {
      return start("setInterval", arguments.length, callback, delay, values, true);
    },
    clearTimeout: function clearTimeout(timer) {
      end(timer);
    },
    clearInterval: function clearInterval(timer) {
      end(timer);
    },
  };
});
