interface Account {
  used: number;
  reserved: number;
  /** Used while Redis was away and not yet booked there. */
  owed: number;
}

/** What this pod counts by itself while Redis is away: one day at a time, in memory. */
export class LocalBudget {
  private day = "";
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly limit: number) {}

  of(tenantId: string, day: string): Account {
    if (day !== this.day) {
      this.accounts.clear();
      this.day = day;
    }
    let account = this.accounts.get(tenantId);
    if (!account) this.accounts.set(tenantId, (account = { used: 0, reserved: 0, owed: 0 }));
    return account;
  }

  /** Whether the tokens were granted. */
  reserve(tenantId: string, day: string, tokens: number): boolean {
    const account = this.of(tenantId, day);
    if (account.used + account.reserved + tokens > this.limit) return false;
    account.reserved += tokens;
    return true;
  }

  release(tenantId: string, day: string, tokens: number): void {
    if (day !== this.day) return;
    const account = this.of(tenantId, day);
    account.reserved = Math.max(0, account.reserved - tokens);
  }

  /** Books tokens here, to be booked in Redis when it is back. Those of a past day are forgotten with the day. */
  book(tenantId: string, day: string, tokens: number): void {
    if (day < this.day) return;
    const account = this.of(tenantId, day);
    account.used += tokens;
    account.owed += tokens;
  }
}
