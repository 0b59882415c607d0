import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import { GAPS, WebPlatformTests } from "./web-platform";

let bundle: string;
let tests: WebPlatformTests;

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  tests = await WebPlatformTests.start(bundle);
});

afterAll(async () => {
  await tests?.close();
  await remove(bundle);
});

test.each([
  "url/url-constructor.any.js",
  "url/urlencoded-parser.any.js",
  "url/urlsearchparams-constructor.any.js",
  "encoding/textdecoder-streaming.any.js",
  "encoding/encodeInto.any.js",
  "html/webappapis/atob/base64.any.js",
  "html/webappapis/timers/cleartimeout-clearinterval.any.js",
  "html/webappapis/microtask-queuing/queue-microtask.any.js",
  "dom/events/Event-constructors.any.js",
  "dom/events/AddEventListenerOptions-signal.any.js",
  "dom/abort/abort-signal-any.any.js",
  "webidl/ecmascript-binding/es-exceptions/DOMException-constructor-behavior.any.js",
  "WebCryptoAPI/digest/digest.https.any.js",
  "WebCryptoAPI/getRandomValues.any.js",
  "html/webappapis/structured-clone/structured-clone.any.js",
  "streams/readable-streams/general.any.js",
  "streams/transform-streams/errors.any.js",
  "encoding/streams/encode-utf8.any.js",
  "fetch/data-urls/resources/data-urls.json",
  "fetch/data-urls/resources/base64.json",
  "FileAPI/blob/Blob-constructor.any.js",
  "FileAPI/blob/Blob-slice.any.js",
  "console/console-label-conversion.any.js",
  "hr-time/basic.any.js",
])("cells pass the web-platform-tests of %s, known gaps aside", async (file) => {
  const { passed, failed, failures } = await tests.test(file);
  expect({ failed, failures }).toEqual({ failed: GAPS[file]?.cases ?? 0, failures: expect.anything() as unknown });
  expect(passed).toBeGreaterThan(0);
});
