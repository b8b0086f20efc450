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
 * is done at start even where its importer is loaded lazily.
 *
 * An `import` gets a module of its names, of which those that nobody uses fall out. As the CommonJS that it is, all of
 * its properties would be copied for each importer, and some load further modules when they are read.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    const names = builtinModules.filter(name => !name.startsWith('_')).join('|');
    onResolve({ filter: new RegExp(`^(node:.*|${names})$`) }, ({ path, kind }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: kind === 'require-call' ? 'required-builtin' : 'imported-builtin',
    }));
    onLoad({ filter: /.*/, namespace: 'required-builtin' }, ({ path }) => ({
      contents: `module.exports = ${builtin(path)};`,
    }));
    onLoad({ filter: /.*/, namespace: 'imported-builtin' }, ({ path }) => ({
      contents: [
        `const whole = ${builtin(path)};`,
        'export default whole;',
        ...Object.keys(process.getBuiltinModule(path) ?? {})
          .filter(name => name !== 'default')
          .map(name => `export const ${name} = /* @__PURE__ */ (() => whole.${name})();`),
      ].join('\n'),
    }));
  },
};

function builtin(path: string): string {
  return `process.getBuiltinModule(${JSON.stringify(path)})`;
}

/** What packages load at start for something that we never do, by the package and what it asks for. */
const UNUSED: Readonly<Record<string, string>> = {
  // Transports of pino, which are workers.
  'pino ./transport': 'module.exports = undefined;',
  'pino ./lib/transport': 'module.exports = undefined;',
  'pino worker_threads': 'module.exports = { isMainThread: true };',
  // One assertion, at its end.
  'sonic-boom assert': `module.exports = (...given) => ${builtin('node:assert')}(...given);`,
};

const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(\.\/.*|assert|worker_threads)$/ }, ({ path, importer }) => {
      const from = /\/node_modules\/([^/]+)\/[^@]*$/.exec(importer)?.[1];
      const what = `${from} ${path}`;
      return Object.hasOwn(UNUSED, what) ? { path: what, namespace: 'unused' } : undefined;
    });
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: UNUSED[path] ?? '' }));
  },
};

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { nspawnd: 'src/daemon/main.ts', nspawnctl: 'src/ctl/main.ts' },
  outdir: 'dist',
  bundle: true,
  plugins: [leaveOutUnused, lazyBuiltins],
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
