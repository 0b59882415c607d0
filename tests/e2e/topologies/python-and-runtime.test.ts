import { StackCopy } from "../stack/copy";
import { pythonTests } from "./python";
import { runtimeTests } from "./runtime";
import { MINUTE } from "./topology";

const stack = new StackCopy(true);

beforeAll(() => stack.create(), 3 * MINUTE);
afterAll(() => stack.remove(), 5 * MINUTE);

pythonTests(stack);
runtimeTests(stack);
