/**
 * Bundles each program into one ESM file that Node ≥ 24 runs with nothing else on disk.
 * The runtime has no type stripping on some distributions and needs no node_modules this way.
 */
import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };

// CommonJS dependencies (dbus-next, pino) still call require() for Node's own modules.
const requireShim =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { nspawnd: 'src/daemon/main.ts', nspawnctl: 'src/ctl/main.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Names are kept for stack traces; the rest of the text only costs the daemon memory.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  banner: { js: `#!/usr/bin/env node\n${requireShim}` },
  define: { __VERSION__: JSON.stringify(packageJson.version) },
  logLevel: 'warning',
});
await Promise.all(['dist/nspawnd.js', 'dist/nspawnctl.js'].map(file => chmod(file, 0o755)));
