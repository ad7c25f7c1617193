import { spawn } from 'node:child_process';
import { inProject } from '../../src/root.js';

export interface Ended {
  /** Undefined: it was killed. */
  readonly code: number | undefined;
  readonly output: string;
  readonly errors: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  readonly kill: (signal: 'SIGKILL' | 'SIGTERM') => void;
}

/** `cobalt` as an operator types it, in an environment without settings but those that are given; `onOutput` sees all that was printed so far. */
export function cobalt(words: readonly string[], { environment = {}, onOutput }: { readonly environment?: Record<string, string>; readonly onOutput?: (output: string, running: Running) => void } = {}): Running {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [inProject('dist/src/cli/cobalt.js'), ...words], { env: { PATH, HOME, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  const running: Running = {
    kill: (signal) => void child.kill(signal),
    ended: new Promise((done) => child.once('close', (code) => done({ code: code ?? undefined, output, errors }))),
  };
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    onOutput?.(output, running);
  });
  return running;
}
