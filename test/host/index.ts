/**
 * Throwaway hosts: real systemd as PID 1, D-Bus, networkd, machined, systemd-nspawn and Nix, in namespaces of this
 * machine; they boot in half a second. For the tests, the demo and the bench.
 *
 *     await using host = await bootHost({ suite: 'forky' });            // or trixie; stopped at the end of the block
 *     const { stdout } = await host.run(['networkctl'], { user: 65534 });      // throws when it fails
 *     await host.sh('machinectl | grep web');                           // a script of bash
 *     await host.write('/etc/nspawnd/containers/web.json', '{…}');      // also read, copyIn
 *     await using monitor = host.spawn(['busctl', 'monitor']);          // monitor.process is execa's, monitor.kill()
 *
 *     await host.installNspawnd();                                      // what is in dist/
 *     const toplevel = await host.guest({ name: 'web', version: '1', kind: 'healthy' });   // see GuestSpec
 *     await host.setProfile('web', toplevel);
 *
 *     using jobs = await host.watchSignals({ sender: 'org.freedesktop.systemd1', member: 'JobRemoved' });
 *     await host.run(['systemctl', 'start', 'nspawnd']);                // nothing is missed: the watch came before
 *     await jobs.next(signal => signal.body[2] === 'nspawnd.service');
 *     await host.waitForUnit('nspawnd.service', 'active');
 *     await host.waitForProperty({ destination, path, interface, property, until: value => value === 'running' });
 *     const bus = await host.bus();                                     // bus.call(…): this process on the host's bus
 *
 *     await host.kill('nspawnd.service');                               // SIGKILL to the main process
 *     await host.journal('nspawnd');
 *     await host.reboot();                                              // all files stay but /run and /tmp
 *     await host.reboot({ hard: true });                                // a power cut
 *     await host.stop();
 *
 * A host ends with the process that booted it, whatever ends that, and leaves nothing behind. What hosts are made of
 * is made once, by mmdebstrap and Nix, and kept in $XDG_CACHE_HOME/nspawnd-test or /var/cache/nspawnd-test: `prepare`.
 * The kernel is this machine's: so are its boot ID, its modules, and sysctls outside net.*.
 */
export type { HostBus, PropertyWait, SignalFilter, SignalWatch } from './bus.ts';
export type { Command, CommandOptions } from './command.ts';
export type { GuestKind, GuestSpec } from './guests.ts';
export { bootHost, type Host, type HostOptions, prepare, type Result, type RunOptions } from './host.ts';
export { type Suite, suites } from './root-tree.ts';
