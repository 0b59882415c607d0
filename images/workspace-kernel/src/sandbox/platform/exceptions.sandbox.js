// Errors of the DOM standard (https://webidl.spec.whatwg.org/#idl-DOMException).
(function (platform) {
  "use strict";
  const { constants, finish } = platform.use("classes");

  /** Names of errors, with their constants. The code of each is its place in the list. */
  const codes = [
    ["IndexSizeError", "INDEX_SIZE_ERR"],
    ["", "DOMSTRING_SIZE_ERR"],
    ["HierarchyRequestError", "HIERARCHY_REQUEST_ERR"],
    ["WrongDocumentError", "WRONG_DOCUMENT_ERR"],
    ["InvalidCharacterError", "INVALID_CHARACTER_ERR"],
    ["", "NO_DATA_ALLOWED_ERR"],
    ["NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR"],
    ["NotFoundError", "NOT_FOUND_ERR"],
    ["NotSupportedError", "NOT_SUPPORTED_ERR"],
    ["InUseAttributeError", "INUSE_ATTRIBUTE_ERR"],
    ["InvalidStateError", "INVALID_STATE_ERR"],
    ["SyntaxError", "SYNTAX_ERR"],
    ["InvalidModificationError", "INVALID_MODIFICATION_ERR"],
    ["NamespaceError", "NAMESPACE_ERR"],
    ["InvalidAccessError", "INVALID_ACCESS_ERR"],
    ["", "VALIDATION_ERR"],
    ["TypeMismatchError", "TYPE_MISMATCH_ERR"],
    ["SecurityError", "SECURITY_ERR"],
    ["NetworkError", "NETWORK_ERR"],
    ["AbortError", "ABORT_ERR"],
    ["URLMismatchError", "URL_MISMATCH_ERR"],
    ["QuotaExceededError", "QUOTA_EXCEEDED_ERR"],
    ["TimeoutError", "TIMEOUT_ERR"],
    ["InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR"],
    ["DataCloneError", "DATA_CLONE_ERR"],
  ];

  // An ordinary error, so that it has a stack.
  const exceptions = new WeakMap();
  const exception = (error) => {
    const values = exceptions.get(error);
    if (values === undefined) throw new TypeError("Illegal invocation");
    return values;
  };
  class DOMException {
    constructor(message = "", name = "Error") {
      const values = { message: `${message}`, name: `${name}` };
      const error = Reflect.construct(Error, [], new.target);
      exceptions.set(error, values);
      return error;
    }
    get name() {
      return exception(this).name;
    }
    get message() {
      return exception(this).message;
    }
    get code() {
      const { name } = exception(this);
      return name === "" ? 0 : codes.findIndex(([known]) => known === name) + 1;
    }
  }
  const isDomException = (value) => exceptions.has(value);
  Object.setPrototypeOf(DOMException.prototype, Error.prototype);
  finish(DOMException, ["name", "message", "code"]);
  constants(DOMException, Object.fromEntries(codes.map(([, constant], index) => [constant, index + 1])));

  return { DOMException, isDomException };
});
