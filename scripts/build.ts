/**
 * Bundles each program into one ESM file that Node ≥ 24 runs with nothing else on disk.
 * The runtime has no type stripping on some distributions and needs no node_modules this way.
 */
import { chmod, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { build, type Plugin } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };

// CommonJS dependencies (dbus-next, pino) still call require() for Node's own modules.
const requireShim =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Loads Node's own modules when the code that uses them first runs, and not as ES modules: a static import of one
 * is done at start even where its importer is loaded lazily, and wrapping each costs milliseconds.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    const names = builtinModules.filter(name => !name.startsWith('_')).join('|');
    onResolve({ filter: new RegExp(`^(node:.*|${names})$`) }, ({ path }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: 'builtin',
    }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { nspawnd: 'src/daemon/main.ts', nspawnctl: 'src/ctl/main.ts' },
  outdir: 'dist',
  bundle: true,
  plugins: [lazyBuiltins],
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
