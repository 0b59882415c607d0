import streamsLibrary from "web-streams-polyfill/dist/ponyfill.js" with { type: "text" };
import aborts from "./aborts.sandbox.js";
import body from "./body.sandbox.js";
import classes from "./classes.sandbox.js";
import clone from "./clone.sandbox.js";
import crypto from "./crypto.sandbox.js";
import encoding from "./encoding.sandbox.js";
import events from "./events.sandbox.js";
import exceptions from "./exceptions.sandbox.js";
import fetch from "./fetch.sandbox.js";
import files from "./files.sandbox.js";
import forms from "./forms.sandbox.js";
import headers from "./headers.sandbox.js";
import iterators from "./iterators.sandbox.js";
import mime from "./mime.sandbox.js";
import performance from "./performance.sandbox.js";
import requests from "./requests.sandbox.js";
import responses from "./responses.sandbox.js";
import streams from "./streams.sandbox.js";
import tasks from "./tasks.sandbox.js";
import timers from "./timers.sandbox.js";
import url from "./url.sandbox.js";

/** The library is a CommonJS module. */
const ponyfill = `(function () { const module = {}; const exports = {}; ${streamsLibrary}; return exports; });`;

/** Script texts of the groups that the sandbox loads when code uses them. Each is a function. */
export const platformGroups: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ aborts, body, classes, clone, crypto, encoding, events, exceptions, fetch, files, forms, headers, iterators },
    ...{ mime, performance, ponyfill, requests, responses, streams, tasks, timers, url },
  }),
);
