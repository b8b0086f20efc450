export { bootHost, type Host, type HostOptions, type Result, type RunOptions } from './host.ts';
export { type Suite, suites } from './root-tree.ts';
