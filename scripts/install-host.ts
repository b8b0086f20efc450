/**
 * Stages nspawnd for a host under $DESTDIR (default: this very host), as package builders expect it:
 * executables 0755, everything else 0644, nothing else touched.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

interface Staged {
  /** Relative to the repository. */
  readonly from: string;
  /** Relative to DESTDIR. */
  readonly to: string;
  readonly mode: number;
}

const ROOT = resolve(import.meta.dirname, '..');
/** Made empty, here and not by the service: the service must not bring it back empty where it is missing. */
const DECLARATIONS = 'etc/nspawnd/containers';
const PROGRAMS = ['nspawnd.js', 'nspawnctl.js'];
const DESTDIR = process.env.DESTDIR ?? '';

try {
  if (isBuildStale()) build();
  const files = stagedFiles();
  for (const file of files) checkSource(file);
  for (const file of files) install(file);
  write('usr/lib/nspawnd/package.json', '{ "type": "module" }\n');
  makeDirectory(join(DESTDIR || '/', DECLARATIONS));
  link('../lib/nspawnd/nspawnctl.js', 'usr/bin/nspawnctl');
  if (DESTDIR === '') tellWhatIsNext();
} catch (error) {
  console.error(`install-host: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** The list of files, once, in the order of where they go. */
function stagedFiles(): Staged[] {
  return [
    ...PROGRAMS.map(name => staged(`dist/${name}`, 'usr/lib/nspawnd', 0o755)),
    ...directory('systemd', '.service', 'usr/lib/systemd/system'),
    ...directory('systemd', '.socket', 'usr/lib/systemd/system'),
    ...directory('dbus', '.conf', 'usr/share/dbus-1/system.d'),
    ...directory('dbus', '.xml', 'usr/share/dbus-1/interfaces'),
    ...directory('dbus', '.policy', 'usr/share/polkit-1/actions'),
    ...manPages(),
    staged('completions/nspawnctl.bash', 'usr/share/bash-completion/completions', 0o644, 'nspawnctl'),
    staged('completions/_nspawnctl', 'usr/share/zsh/site-functions'),
    staged('completions/nspawnctl.fish', 'usr/share/fish/vendor_completions.d'),
  ];
}

function manPages(): Staged[] {
  return ['1', '5', '8'].flatMap(section => directory('man', `.${section}`, `usr/share/man/man${section}`));
}

/** All files of a directory with an ending; at least one, else something is missing. */
function directory(from: string, ending: string, to: string): Staged[] {
  const names = readdirSync(join(ROOT, from)).filter(name => name.endsWith(ending));
  if (names.length === 0) throw new Error(`cannot find any ${from}/*${ending} in ${ROOT}`);
  return names.sort().map(name => staged(`${from}/${name}`, to));
}

function staged(from: string, directory: string, mode = 0o644, name = basename(from)): Staged {
  return { from, to: join(directory, name), mode };
}

/** Before anything is written: a half-staged tree helps nobody. */
function checkSource({ from }: Staged): void {
  if (!existsSync(join(ROOT, from))) throw new Error(`cannot install ${from}: it is missing in ${ROOT}`);
}

function install({ from, to, mode }: Staged): void {
  place(to, mode, fresh => copyFileSync(join(ROOT, from), fresh));
}

/** The programs run without it, but Node then reads them twice to find out that they are modules, and keeps both. */
function write(to: string, text: string): void {
  place(to, 0o644, fresh => writeFileSync(fresh, text));
}

/** Renamed into place: a daemon that is started meanwhile finds the old program or the new one, whole. */
function place(to: string, mode: number, make: (fresh: string) => void): void {
  const target = join(DESTDIR || '/', to);
  makeDirectory(dirname(target));
  const fresh = `${target}.new`;
  make(fresh);
  chmodSync(fresh, mode);
  renameSync(fresh, target);
}

function link(target: string, to: string): void {
  const path = join(DESTDIR || '/', to);
  makeDirectory(dirname(path));
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** Directories are 0755 whatever the umask: a host's users must be able to read them. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
  chmodSync(path, 0o755);
}

/** Whether a program is missing or older than what it is made of. */
function isBuildStale(): boolean {
  const programs = PROGRAMS.map(name => join(ROOT, 'dist', name));
  if (!programs.every(path => existsSync(path))) return true;
  const built = Math.min(...programs.map(modified));
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  const inputs = [
    ...sources,
    join(ROOT, 'package.json'),
    join(ROOT, 'package-lock.json'),
    join(ROOT, 'scripts/build.ts'),
  ];
  return inputs.some(path => modified(path) > built);
}

function modified(path: string): number {
  return statSync(path).mtimeMs;
}

/** By the Node that runs this: the script is useful without npm. */
function build(): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('cannot build the programs, see above');
}

function tellWhatIsNext(): void {
  console.log(`nspawnd is installed. To start it now and at each boot:

  systemctl daemon-reload
  systemctl enable --now nspawnd

Then put declarations into /etc/nspawnd/containers, see nspawnd.container(5).`);
}
