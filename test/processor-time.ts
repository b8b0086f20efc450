/**
 * Milliseconds of processor time that this thread has spent since the call. For tests that something takes bounded work:
 * by the clock they would fail on a busy machine.
 */
export function processorTime(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}
