import { waitFor } from "@nexus/testkit/server-process";
import { SessionChannel, type SessionNews } from "../src/api/session-channel";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

function openTab() {
  const heard: SessionNews[] = [];
  const channel = new SessionChannel();
  const close = channel.open((news) => heard.push(news));
  closing.push(close);
  return { channel, heard, close };
}

test("the other tabs hear what happened to the session, and the one that tells does not", async () => {
  const [one, other, third] = [openTab(), openTab(), openTab()];
  one.channel.tell("ended");
  one.channel.tell("entered");
  for (const { heard } of [other, third])
    await waitFor("the tab has heard it", async () => expect(heard).toEqual(["ended", "entered"]));
  expect(one.heard).toEqual([]);
});

test("a tab that was closed neither hears nor tells", async () => {
  const [one, other, gone] = [openTab(), openTab(), openTab()];
  gone.close();
  gone.channel.tell("ended");
  one.channel.tell("entered");
  await waitFor("the open tab has heard it", async () => expect(other.heard).toEqual(["entered"]));
  expect(gone.heard).toEqual([]);
});

test("without BroadcastChannel a tab is on its own", () => {
  const { BroadcastChannel } = globalThis;
  Reflect.deleteProperty(globalThis, "BroadcastChannel");
  const tab = openTab();
  globalThis.BroadcastChannel = BroadcastChannel;
  expect(() => tab.channel.tell("ended")).not.toThrow();
});
