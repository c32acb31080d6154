import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Browsers ask for Brotli only where the connection is private (https, localhost); the others get gzip.
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    apply: 'build',
    async closeBundle() {
      for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || /\.(br|gz)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const content = await readFile(file);
        const brotli = await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
        await writeFile(file + '.br', brotli);
        await writeFile(file + '.gz', await promisify(gzip)(content, { level: 9 }));
      }
    },
  };
}

// Where `npm run dev` finds a running smtpd.
const server = process.env['SMTPD'] ?? 'http://127.0.0.1:8025';

export default defineConfig({
  plugins: [precompressed()],
  server: { host: '127.0.0.1', proxy: { '/api': { target: server, changeOrigin: true, headers: { origin: server } } } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // `data:` addresses are not allowed in scripts and styles by our content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  test: { include: ['app/**/*.test.ts'], environment: 'node' },
});
