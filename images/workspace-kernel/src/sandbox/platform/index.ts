import clone from "./clone.sandbox.js";
import crypto from "./crypto.sandbox.js";
import encoding from "./encoding.sandbox.js";
import events from "./events.sandbox.js";
import iterators from "./iterators.sandbox.js";
import performance from "./performance.sandbox.js";
import timers from "./timers.sandbox.js";
import url from "./url.sandbox.js";

/** Script texts of the groups that the sandbox loads when code uses them. Each is a function. */
export const platformGroups: ReadonlyMap<string, string> = new Map(
  Object.entries({ clone, crypto, encoding, events, iterators, performance, timers, url }),
);
