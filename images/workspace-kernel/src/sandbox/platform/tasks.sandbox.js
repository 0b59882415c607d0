// Microtasks and errors that nobody catches (https://html.spec.whatwg.org/#microtask-queuing).
(function (platform) {
  "use strict";
  const { need } = platform.use("classes");

  const settled = Promise.resolve();

  function reportError(error) {
    need(1, arguments.length, "reportError");
    platform.report(error);
  }

  function queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask: give a function");
    // Not awaited by anybody: what it throws is reported.
    void settled.then(() => {
      try {
        callback();
      } catch (error) {
        platform.report(error);
      }
    });
  }

  return { reportError, queueMicrotask };
});
