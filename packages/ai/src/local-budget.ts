interface Account {
  used: number;
  reserved: number;
  /** Tokens used while Redis could not be reached, and not yet added there. */
  owed: number;
}

/** The tokens that this pod counts by itself while Redis cannot be reached: one day at a time, in memory. */
export class LocalBudget {
  private day = "";
  private readonly accounts = new Map<string, Account>();

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
  reserve(tenantId: string, day: string, tokens: number, limit: number): boolean {
    const account = this.of(tenantId, day);
    if (account.used + account.reserved + tokens > limit) return false;
    account.reserved += tokens;
    return true;
  }

  release(tenantId: string, day: string, tokens: number): void {
    if (day !== this.day) return;
    const account = this.of(tenantId, day);
    account.reserved = Math.max(0, account.reserved - tokens);
  }

  /** Counts tokens here, to be added to Redis when it is back. Tokens of a past day are dropped with the day. */
  book(tenantId: string, day: string, tokens: number): void {
    if (day < this.day) return;
    const account = this.of(tenantId, day);
    account.used += tokens;
    account.owed += tokens;
  }
}
