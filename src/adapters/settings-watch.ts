import { basename, dirname } from 'node:path';
import { SETTINGS } from '../model/paths.ts';

/** What is read before may be half of a file that is being written. */
const SETTLE_MS = 50;

/**
 * Tells when the settings file appears, changes or goes: by its directory, since the file may not be there. chokidar
 * knows how editors save a file; that a link to nothing takes its place only the kernel's own events tell. Never rejects.
 */
export async function watchSettings(changed: () => void, failed: (error: unknown) => void): Promise<void> {
  const directory = dirname(SETTINGS);
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  try {
    // Loaded when the daemon is up already: with what it loads of Node's it is a tenth of the start.
    const { watch } = await import('chokidar');
    const watcher = watch(directory, {
      depth: 0,
      followSymlinks: false,
      ignored: path => path !== directory && path !== SETTINGS,
    });
    watcher.on('error', failed);
    // What changed before the watch stood was told by nobody.
    watcher.on('ready', soon);
    watcher.on('all', soon);
    watcher.on('raw', (_event, entry: string | null) => {
      if (entry === null || entry === basename(SETTINGS)) soon();
    });
  } catch (error) {
    failed(error);
  }
}
