import type { shared as english } from "../en/shared";
import type { Translation } from "../translation";

export const shared: Translation<typeof english> = {
  variables: "共享变量",
  text: "除非为项目单独输入了其他值，否则项目会使用此处的变量值。",
  none: "还没有共享变量",
  noneText:
    "将多个项目都需要的内容存储一次，例如邮件服务器的地址或 API 的密钥。此处的值优先于扫描找到的值和 compose 文件中的值。",
  isSecret: "机密，从不显示",
  remove: "移除",
  removeNamed: "移除 {{name}}",
  removeTitle: "移除 <variable/>？",
  removeText: "已部署的内容保留其值。下次部署时，项目会使用扫描找到的值或 compose 文件中的值。",
  removeIt: "移除变量",
  removed: "{{name}} 已移除",
  set: "存储变量",
  name: "名称",
  nameHint: "与 compose 文件中的写法相同，例如 SMTP_HOST。已有的名称会得到新值。",
  nameWrong: "请使用字母、数字和下划线，且不能以数字开头",
  value: "值",
  secret: "机密",
  secretText: "它会被加密并放入 Secret，任何人都无法在此处读取。",
  store: "存储",
  storing: "正在存储…",
  stored: "{{name}} 已存储",
};
