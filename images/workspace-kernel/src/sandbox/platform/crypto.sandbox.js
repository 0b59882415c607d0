// Random values and digests (https://w3c.github.io/webcrypto), made by the host.
(function (platform) {
  "use strict";
  const { finish, need } = platform.use("classes");
  const { DOMException } = platform.use("exceptions");
  const { bytesOf } = platform.use("encoding");

  const SECRET = Symbol("constructed by the host");
  const MAX_RANDOM = 65_536;
  const INTEGERS = /^(?:Int8|Int16|Int32|BigInt64|Uint8|Uint8Clamped|Uint16|Uint32|BigUint64)Array$/;
  const DIGESTS = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
  const typedArrayName = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(Uint8Array.prototype),
    Symbol.toStringTag,
  ).get;

  function fromHost(operation, argument, buffer) {
    const result = platform.bytes(operation, argument, buffer);
    if (result === undefined) throw new DOMException("not enough memory, or too much data", "OperationError");
    return new Uint8Array(result);
  }

  class SubtleCrypto {
    constructor(secret) {
      if (secret !== SECRET) throw new TypeError("Illegal constructor");
    }
    async digest(algorithm, data) {
      if (!(this instanceof SubtleCrypto)) throw new TypeError("Illegal invocation");
      need(2, arguments.length, "digest");
      const given = typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm;
      if (given === undefined) throw new TypeError("digest: the algorithm has no name");
      const bytes = bytesOf(data).slice();
      const name = `${given}`.toUpperCase();
      if (!DIGESTS.includes(name))
        throw new DOMException(`digest: ${given} is none of ${DIGESTS.join(", ")}`, "NotSupportedError");
      return fromHost("digest", name, bytes.buffer).buffer;
    }
  }
  finish(SubtleCrypto, ["digest"]);

  const subtle = new SubtleCrypto(SECRET);
  class Crypto {
    constructor(secret) {
      if (secret !== SECRET) throw new TypeError("Illegal constructor");
    }
    get subtle() {
      return subtle;
    }
    getRandomValues(array) {
      if (!(this instanceof Crypto)) throw new TypeError("Illegal invocation");
      need(1, arguments.length, "getRandomValues");
      if (!ArrayBuffer.isView(array)) throw new TypeError("getRandomValues: give a typed array");
      if (!INTEGERS.test(Reflect.apply(typedArrayName, array, [])))
        throw new DOMException("getRandomValues: give an array of integers", "TypeMismatchError");
      if (array.byteLength > MAX_RANDOM)
        throw new DOMException(
          `getRandomValues: ${array.byteLength} bytes are more than ${MAX_RANDOM}`,
          "QuotaExceededError",
        );
      if (array.byteLength > 0) bytesOf(array).set(fromHost("random", array.byteLength));
      return array;
    }
    randomUUID() {
      if (!(this instanceof Crypto)) throw new TypeError("Illegal invocation");
      const bytes = fromHost("random", 16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    }
  }
  finish(Crypto, ["subtle", "getRandomValues", "randomUUID"]);

  return { crypto: new Crypto(SECRET), Crypto, SubtleCrypto };
});
