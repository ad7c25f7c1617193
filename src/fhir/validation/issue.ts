/** One answer names at most so many faults; the rest shows when these are mended. */
export const MAX_ISSUES = 50;
