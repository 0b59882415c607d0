import type { tenant as english } from "../en/tenant";
import type { Translation } from "../translation";

export const tenant: Translation<typeof english> = {
  navigation: "租户页面",
  pages: { members: "成员", clusters: "集群", keys: "API 密钥", plan: "套餐", audit: "审计记录", settings: "设置" },
  loading: "正在加载…",
  more: "显示更多",
  shownSoFar: "已显示 {{count, number}} 项，还有更多",
  shownAll: "已显示全部 {{count, number}} 项",
  copy: "复制",
  copyIt: "复制：{{what}}",
  copied: "已复制",
  selected: "已选中：请用键盘或浏览器菜单复制",
  cancel: "取消",
  noTenant: "没有这个租户",
  noTenantText: "它不存在，或者您不是它的成员。如果有人把地址发给了您，请向对方索取邀请。",
  forbidden: "您的角色无权查看此页面",

  name: "名称",
  newName: "租户名称",
  nameMissing: "请输入租户名称",
  rename: "重命名",
  renaming: "正在重命名…",
  renamed: "租户已重命名。",
  id: "租户 ID",
  idText: "API 用它来指代租户。",
  leave: "退出",
  leaveText: "您将立即失去访问权限，您在这里创建的 API 密钥也会失效。要重新加入，需要新的邀请。",
  leaveTenant: "退出此租户",
  leaveTitle: "退出 <tenant/>？",
};
