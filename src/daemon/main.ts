import { Bus, BusError, standardError } from '../adapters/bus/bus.ts';
import { Declarations } from '../adapters/declarations.ts';
import { FileCache } from '../adapters/file-cache.ts';
import { readBootId, readMachineId } from '../adapters/host-facts.ts';
import { Lastings } from '../adapters/lastings.ts';
import { LinkWatcher } from '../adapters/link-watcher.ts';
import { Machine1 } from '../adapters/machine1.ts';
import { Network1 } from '../adapters/network1.ts';
import { Records } from '../adapters/records.ts';
import { watchSettings } from '../adapters/settings-watch.ts';
import { Systemd1 } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import type { Settings } from '../model/settings.ts';
import { containerOf } from '../reconcile/awaited-sources.ts';
import { Fleet } from '../reconcile/fleet.ts';
import { Reconciler } from '../reconcile/reconciler.ts';
import { Views } from '../reconcile/views.ts';
import { World } from '../reconcile/world.ts';
import { BUS_NAME, serveNspawn1 } from '../service/nspawn1.ts';
import { DIRECTORY, DirectoryWatch } from './directory.ts';
import { createLog } from './log.ts';
import { operationsOf } from './operations.ts';
import { Problems } from './problems.ts';
import { initialSettings } from './settings.ts';
import { watchStalls } from './stalls.ts';
import { VERSION } from './version.ts';
import { startWatchdog } from './watchdog.ts';

const USAGE = `Usage: nspawnd [--help] [--version]

Reconciles the containers declared in /etc/nspawnd/containers with what runs. It takes no arguments: it is
started by systemd (systemctl start nspawnd) and asked through nspawnctl or busctl. See nspawnd(8).
`;

process.title = 'nspawnd';
answerArguments(process.argv.slice(2));
const log = createLog('info');
process.on('unhandledRejection', error => die('a promise was rejected unheard', error));
process.on('uncaughtException', error => die('an error was thrown unheard', error));
main().catch((error: unknown) => die('cannot start', error));

/** Ends the process, unless there are none. */
function answerArguments(given: readonly string[]): void {
  if (given.length === 0) return;
  const answer = { '--help': USAGE, '--version': `nspawnd ${VERSION}\n` }[given.join(' ')];
  if (answer !== undefined) process.stdout.write(answer);
  else process.stderr.write(`nspawnd: cannot understand ${JSON.stringify(given.join(' '))}\n${USAGE}`);
  process.exit(answer === undefined ? 2 : 0);
}

async function main(): Promise<void> {
  const settings = initialSettings(log);
  log.level = settings.logLevel;
  startWatchdog(log);
  watchStalls(log);
  // Two connections: strangers call one of them, as often as they like, and PID 1 is heard on the other.
  const [bus, front] = await Promise.all([connect(), connect()]);

  const { reconciler, views, declarations, fleet, lastings, directory, problems } = await assemble(
    bus,
    settings,
  );
  problems.look();
  await reconciler.survey();
  const operations = operationsOf({ reconciler, views, declarations, fleet, problems, log });
  views.publishTo(serveNspawn1(front, operations));
  await takeName(front);
  // Not before: there may have been another one of us.
  lastings.tidy();
  log.info({ version: VERSION, containers: views.all.size }, `nspawnd ${VERSION} is up`);

  directory.renew();
  void watchSettings(
    () => problems.look(),
    error => log.error({ err: error }, `cannot watch the settings: ${messageOf(error)}`),
  );
  reconciler.enqueueAll();
  process.once('SIGTERM', () => stop(reconciler));
  process.once('SIGINT', () => stop(reconciler));
}

async function connect(): Promise<Bus> {
  const bus = await Bus.connect({ log: (level, message) => log[level](message) });
  // systemd starts us again, and we adopt what runs.
  void bus.lost.then(error => die('the system bus is gone', error));
  return bus;
}

/**
 * The bus refuses the name while it hasn't read our policy file, which it may not have noticed where it was just
 * installed (inotify doesn't see a directory of a lower layer change, for one): then it is told to look.
 */
async function takeName(bus: Bus): Promise<void> {
  try {
    await bus.requestName(BUS_NAME);
  } catch (error) {
    if (!(error instanceof BusError) || error.code !== standardError('AccessDenied')) throw error;
    log.warn({ err: error }, `reloading the configuration of the bus: ${messageOf(error)}`);
    const daemon = 'org.freedesktop.DBus';
    await bus.call(daemon, '/org/freedesktop/DBus', daemon, 'ReloadConfig');
    await bus.requestName(BUS_NAME);
  }
}

/** The parts, wired: every event only queues a name. */
async function assemble(bus: Bus, settings: Settings) {
  const views = new Views();
  const files = new FileCache();
  const declarations = new Declarations(files);
  const records = new Records(message => log.warn(message));
  const lastings = new Lastings(message => log.warn(message));
  const failed = (error: unknown) => log.error({ err: error }, messageOf(error));
  let reconciler: Reconciler | undefined;
  let directory: DirectoryWatch | undefined;
  const enqueue = (name: string) => reconciler?.enqueueKnown(name);
  const [systemd, machined] = await Promise.all([
    Systemd1.attach(bus, {
      unitChanged: enqueue,
      mountsChanged: () => reconciler?.mountsChanged(),
      resync: () => reconciler?.enqueueAll(),
      failed: error => die('cannot follow the service manager', error),
      inDoubt: (name, error) => {
        const what = `cannot tell whether ${name} was powered off, its start counts as failed: ${messageOf(error)}`;
        log.warn({ err: error, name }, what);
      },
    }),
    Machine1.attach(bus, enqueue, failed),
  ]);
  const links = new LinkWatcher(
    owner => (owner === DIRECTORY ? directory?.renew() : reconciler?.enqueue(containerOf(owner))),
    why => {
      log.warn({ action: 'reread' }, `reading everything again: ${why}`);
      reconciler?.enqueueAll();
    },
  );
  const boot = readBootId();
  const fleet = new Fleet(declarations, name => reconciler?.enqueue(name));
  const world = new World({
    systemd,
    links,
    files,
    fleet,
    records,
    lastings,
    boot,
    machineId: readMachineId(),
    systemdVersion: await systemd.version(),
    warn: message => log.warn(message),
  });
  reconciler = new Reconciler({
    world,
    views,
    systemd,
    machined,
    records,
    lastings,
    networkd: new Network1(bus, systemd, failed),
    log,
    limits: settings,
    boot,
  });
  const problems = new Problems(declarations, views, log);
  directory = new DirectoryWatch(reconciler, links, problems, log);
  return { reconciler, views, declarations, fleet, lastings, directory, problems };
}

/** The kernel closes the connection; nothing else is held that would outlive us. */
function stop(reconciler: Reconciler): void {
  log.info({ action: 'stop' }, 'nspawnd stops; machines go on');
  reconciler.stop();
  process.exit(0);
}

function die(what: string, error: unknown): never {
  log.fatal({ err: error }, `${what}: ${messageOf(error)}`);
  process.exit(1);
}
