import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The generated validators are 6 MB: loaded as they are, not transformed for each test file.
    server: { deps: { external: [/\/dist\/generated\//] } },
  },
});
