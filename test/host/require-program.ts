import { execa } from 'execa';
import { progress } from './progress.ts';

const installing = new Map<string, Promise<void>>();

/** Has a program on this machine, if need be by installing the Debian package that it is in; once per process. */
export function requireProgram(program: string, debianPackage: string): Promise<void> {
  const known = installing.get(program);
  if (known !== undefined) return known;
  const installed = install(program, debianPackage);
  installing.set(program, installed);
  return installed;
}

async function install(program: string, debianPackage: string): Promise<void> {
  if (await isThere(program)) return;
  if (!(await isThere('apt-get')))
    throw new Error(`cannot go on: ${program} is missing, and so is apt-get to install it`);
  progress(`installing ${debianPackage} (apt-get)`);
  await execa('apt-get', ['update', '-q']);
  const options = ['-qy', '--no-install-recommends', '-oDPkg::Lock::Timeout=300'];
  await execa('apt-get', ['install', ...options, debianPackage]);
}

async function isThere(program: string): Promise<boolean> {
  const { code } = await execa(program, ['--version'], { reject: false });
  return code !== 'ENOENT';
}
