/** A promise that rejects with `message` after `ms`; disposing it lets go of the timer. */
export function deadline(ms: number, message: string): Disposable & { expired: Promise<never> } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // whoever waits for it gets the error; nobody may
  const timer = setTimeout(() => reject(new Error(`${message} within ${ms} ms`)), ms);
  return { expired: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}
