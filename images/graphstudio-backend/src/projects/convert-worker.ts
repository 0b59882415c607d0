import { parentPort, workerData } from "node:worker_threads";
import { type ConversionRequest, convertProject } from "./conversion";

// A text is handed over at once, while a tree of objects would keep the other thread busy.
parentPort?.postMessage(JSON.stringify(convertProject(workerData as ConversionRequest)));
