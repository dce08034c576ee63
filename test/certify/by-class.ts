/** The settings of `bound` that look at no votes: how many bounds there are depends on n0 and the classes alone. */
export const BY_CLASS = ["one-sided", "multi-class"] as const;
