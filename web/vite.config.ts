import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Four pages, one build: what they share is loaded once. The development server passes the API to a running linli.
export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { $lib: here('./src/lib') } },
  server: { proxy: { '/v1': process.env.LINLI_URL ?? 'http://127.0.0.1:8080' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // no data: URLs, so that a strict Content-Security-Policy can hold
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        home: here('./index.html'),
        resident: here('./resident/index.html'),
        technician: here('./technician/index.html'),
        console: here('./console/index.html'),
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
