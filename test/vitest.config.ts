import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    // Vitest leaves one core free, of two: but much of the time here is waiting for other processes and for the disk.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: ['test/http/answered-in-all.ts'],
    // To load the server anew for each file takes a fifth of the whole. Files share what modules keep: no test may rest on what another has left there.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The generated validators are 6 MB: loaded as they are, not transformed for each test file.
    server: { deps: { external: [/\/dist\/generated\//] } },
  },
});
