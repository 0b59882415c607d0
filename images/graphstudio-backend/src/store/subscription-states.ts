export const subscriptionStates = ["trial", "active", "past_due", "cancelled"] as const;
export type SubscriptionState = (typeof subscriptionStates)[number];
