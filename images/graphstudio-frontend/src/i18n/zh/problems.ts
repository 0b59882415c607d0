import type { problems as english } from "../en/problems";
import type { Translation } from "../translation";

export const problems: Translation<typeof english> = {
  sentence: "{{text}}。",
  nextField: "；",
  waitSeconds: "{{sentence}}请在 {{seconds}} 秒后重试。",
  wait: "{{sentence}}请稍后重试。",
  studio: "Studio 出现错误，请重新加载页面后重试。",
  unexpectedAnswer: "服务器返回状态 {{status}}",
  valueRefused: "此值不被接受",
  codes: {
    network: "无法连接服务器，请检查网络连接后重试。",
    session_changed: "另一个标签页已切换到其他账户或租户。请求未发送，请查看页面后重试。",
    session_ended: "会话已结束，请重新登录。",
  },
};
