/** µs since the epoch. */
export function now(): bigint {
  return BigInt(Date.now()) * 1000n;
}

/** Whole milliseconds since a `performance.now()`. */
export function since(began: number): number {
  return Math.round(performance.now() - began);
}
