// Calls that the host answers later.
(function (primordials, { start: hostStart, cancel: hostCancel }) {
  const {
    defineProperty,
    Error,
    freeze,
    Map,
    mapDelete,
    mapGet,
    mapSet,
    ownProperty,
    parse,
    Promise,
    stringify,
    TypeError,
  } = primordials;

  const calls = new Map();
  let lastCall = 0;

  const put = (error, key, value) =>
    defineProperty(error, key, { __proto__: null, value, writable: true, configurable: true });

  function failure(name, message, code) {
    const error = new Error(message);
    put(error, "name", name);
    if (code !== undefined) put(error, "code", code.value);
    return error;
  }

  function json(value) {
    const text = stringify(value);
    if (typeof text !== "string") throw new TypeError("only values that JSON can hold can be kept");
    return text;
  }

  /** After `cancel` the promise is never settled. */
  function begin(kind, request) {
    const text = json(request);
    lastCall += 1;
    const call = lastCall;
    const promise = new Promise((resolve, reject) => {
      const { error } = parse(hostStart(call, kind, text));
      if (error !== null) reject(failure(error.name, error.message));
      else mapSet(calls, call, { __proto__: null, resolve, reject });
    });
    const cancel = () => {
      if (mapDelete(calls, call)) hostCancel(call);
    };
    return { __proto__: null, promise, cancel };
  }

  return freeze({
    __proto__: null,
    begin,
    failure,
    json,
    settle(call, value, error) {
      const waiting = mapGet(calls, call);
      mapDelete(calls, call);
      if (waiting === undefined) return;
      const { resolve, reject } = waiting;
      if (error === undefined) return void resolve(parse(value));
      const given = parse(error);
      reject(failure(given.name, given.message, ownProperty(given, "code")));
    },
  });
});
