import type { plan as english } from "../en/plan";
import type { Translation } from "../translation";

export const plan: Translation<typeof english> = {
  title: "套餐",
  askOwner: "请联系此租户的所有者升级套餐。",
  seePlan: "查看套餐和用量",

  state: { trial: "试用", active: "有效", past_due: "逾期未付", cancelled: "已取消", over: "已结束" },
  stateText: {
    trial: "试用期内套餐有效；到期后使用默认套餐。",
    active: "套餐一直有效，直到有人更改。",
    past_due: "有一笔款项未付。套餐仍然有效；何时终止由计费方决定。",
    cancelled: "套餐已取消，在本周期结束前仍然有效；之后使用默认套餐。",
    over: "套餐 {{plan}} 已结束，现在使用 {{inForce}}。所有数据都会保留；超出限额的部分不能再增加。",
  },
  period: "{{start, datetime(dateStyle: medium)}}至{{end, datetime(dateStyle: medium)}}",
  periodEnd: "截至{{end, datetime(dateStyle: medium)}}",

  usage: "用量",
  usedOf: "{{used}} / {{limit}}",
  usedOfNoLimit: "{{used}}，无限额",
  fill: { nearly: "即将用满", full: "已用满", over: "超出限额：数据不会丢失，但不能再增加" },
  untilMidnight: "UTC 午夜重新计算",
  limit: {
    workspaces: "工作区",
    executionSecondsPerDay: "每日运行时间",
    storageMb: "存储",
    members: "成员",
    apiKeys: "API 密钥",
    aiTokensPerDay: "每日 AI 令牌",
  },
  seconds: "{{amount, number(maximumFractionDigits: 3)}} 秒",

  history: "历史",
  span: "显示天数",
  lastDays: "最近 {{count}} 天",
  nothingRan: "这些天没有运行任何代码。",
  runningTime: "每日运行时间",
  executions: "每日执行次数",
  date: "日期（UTC）",
  amount: "数量",

  plans: "套餐选择",
  ownersChange: "套餐由此租户的所有者更改。",
  noChoice: "这里没有其他套餐可选。平台运营者可以为租户更换套餐。",
  asEveryTenant: "与所有租户相同",
  present: "当前套餐",
  changeTo: "更改为 {{plan}}",
  changeToTitle: "更改为套餐 {{plan}}？",
  change: "更改套餐",
  changed: "当前套餐为 {{plan}}。",
  nothingLess: "没有限额变小。",
  less: "以下限额将变小：",
  lessLimit: "{{limit}}：{{amount}}。",
  lessThanUsed: "您现有 {{used}}。",
  lessText: "现有内容全部保留。达到或超出限额的部分，在您删除足够的内容或升级套餐之前不能再增加。",
  whenFelt: "更改对您立即生效，对其他人在 15 分钟内或重新加载页面后生效。",
};
