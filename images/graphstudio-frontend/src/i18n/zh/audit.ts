import type { audit as english } from "../en/audit";
import type { Translation } from "../translation";

export const audit: Translation<typeof english> = {
  trail: "完整记录",
  trailText:
    "每一行都包含前一行的哈希值，因此被更改、删除或插入的行都会被发现。导出文件以 JSON 行包含所有记录，可在别处用 npm run audit -- verify 校验。",
  check: "校验记录",
  checking: "正在校验…",
  checked:
    "已校验至第 {{seq, number(useGrouping: false)}} 行（{{at, datetime(timeStyle: short)}}）：没有更改、删除或插入。",
  broken: "记录不完整：{{problem}}",
  head: "末行：第 {{seq, number(useGrouping: false)}} 行，{{hash}}",
  export: "导出为 JSON 行",
  exporting: "正在导出…",

  rows: "记录",
  at: "时间",
  actor: "操作者",
  actorHint: "邮箱地址或 ID",
  act: "操作",
  outcome: "结果",
  address: "来源",
  from: "从",
  to: "到",
  all: "全部",
  find: "查找",
  nothing: "没有符合条件的记录。",
  nothingYet: "已查找的记录中没有符合条件的，还有更早的记录。",
  nobody: "平台",
  unreadable: "此行已被更改，无法读取",
  outcomes: { done: "成功", denied: "被拒绝", failed: "失败" },
  acts: {
    tenant: {
      created: "创建租户",
      renamed: "重命名租户",
      suspended: "停用租户",
      resumed: "恢复租户",
      deleted: "删除租户",
      erased: "租户数据已全部清除",
    },
    "second-factor": { required: "要求两步验证登录", optional: "不再要求两步验证登录" },
    invitation: { made: "发出邀请", withdrawn: "撤回邀请" },
    member: { joined: "成员加入", removed: "移除成员" },
    membership: { kept: "用户组未能更改成员资格" },
    role: { changed: "更改角色" },
    key: { made: "创建 API 密钥", revoked: "吊销 API 密钥" },
    plan: { changed: "更改套餐" },
    subscription: { booked: "计费系统更改订阅" },
    host: { called: "代码访问主机" },
    denials: { skipped: "被拒绝的请求过多，仅计数" },
    audit: { trimmed: "删除旧记录" },
  },
};
